import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isSeq, parseDocument } from "yaml";
import { SlipwayError } from "../values/fault";
import { packageFolder } from "./paths";

/** Prepares a user's project for this package's docker provider; returns what it changed, nothing the second time. */
export function initProject(project: string): string[] {
  const changed: string[] = [];
  const name = existsSync(join(project, "Pulumi.yaml")) ? "Pulumi.yaml" : "Pulumi.yml";
  const file = join(project, name);
  const before = readFileSync(file, "utf8");
  const after = addProvider(before, name);
  const source = join(packageFolder(), "toolchain", "plugin", "pulumi-resource-docker");
  const target = join(project, ".slipway", "pulumi-resource-docker");
  if (!existsSync(target) || !readFileSync(target).equals(readFileSync(source))) {
    mkdirSync(join(project, ".slipway"), { recursive: true });
    copyFileSync(source, target);
    changed.push(".slipway/pulumi-resource-docker");
  }
  chmodSync(target, 0o755);
  if (after !== before) {
    writeFileSync(file, after);
    changed.push(name);
  }
  return changed;
}

/** The project file with the docker provider of `.slipway` in it, comments and the order of entries kept. */
export function addProvider(text: string, name = "Pulumi.yaml"): string {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined || !isMap(document.contents)) {
    throw new SlipwayError({
      subject: name,
      problem: `is not a YAML map${fault ? `: ${fault.message.split("\n")[0]}` : ""}`,
    });
  }
  const providers = document.getIn(["plugins", "providers"]);
  if (providers !== undefined && providers !== null && !isSeq(providers)) {
    throw new SlipwayError({ subject: name, path: "plugins.providers", problem: "is not a list" });
  }
  if (isSeq(providers)) {
    for (const item of providers.items) {
      if (!isMap(item) || item.get("name") !== "docker") continue;
      if (item.get("path") === ".slipway") return text;
      item.set("path", ".slipway");
      return document.toString({ lineWidth: 0 });
    }
    providers.add(document.createNode({ name: "docker", path: ".slipway" }));
  } else {
    document.setIn(["plugins", "providers"], document.createNode([{ name: "docker", path: ".slipway" }]));
  }
  return document.toString({ lineWidth: 0 });
}
