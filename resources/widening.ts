import type * as pulumi from "@pulumi/pulumi";

/**
 * A transformation that gives a resource inputs which its generated class does not know: that copies a closed list of
 * arguments, and a transformation sees the resource after that. It works once, since children inherit it.
 */
export function widening(extras: object): pulumi.ResourceTransformation {
  let isDone = false;
  return ({ props, opts }) => {
    if (isDone) return undefined;
    isDone = true;
    return { props: { ...props, ...extras }, opts };
  };
}
