import * as pulumi from "@pulumi/pulumi";

const moved = new Set([
  "docker:index/container:Container",
  "docker:index/image:Image",
  "docker:index/network:Network",
  "docker:index/volume:Volume",
]);

/** The component that wraps a resource of @pulumi/docker: `docker:index/volume:Volume` → `slipway:index:Volume`. */
function componentOf(type: string): string {
  return `slipway:index:${type.split(":").at(-1) ?? ""}`;
}

/**
 * Lets a stack of plain @pulumi/docker resources move to components of the same names without replacing anything:
 * `pulumi.runtime.registerStackTransformation(movedFromDocker)` before the first component, for as long as some stack has
 * not been deployed since. Each resource is told that it stood at the root before (Pulumi, aliases).
 */
export const movedFromDocker: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  if (!moved.has(type) || opts.parent === undefined) return undefined;
  return { props, opts: pulumi.mergeOptions(opts, { aliases: [{ parent: pulumi.rootStackResource }] }) };
};

/** The way back: lets components become plain resources of the same names; see {@link movedFromDocker}. */
export const movedToDocker: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
  if (!moved.has(type) || opts.parent !== undefined) return undefined;
  const urn = `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${componentOf(type)}$${type}::${name}`;
  return { props, opts: pulumi.mergeOptions(opts, { aliases: [urn] }) };
};
