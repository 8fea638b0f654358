import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { SlipwayError } from "../values/fault";

/** Where the state of one project is kept: outside the checkout, so that cleaning the checkout loses nothing. */
export function stateFolder(project: string, environment: NodeJS.ProcessEnv = process.env): string {
  const path = existsSync(project) ? realpathSync(project) : resolve(project);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 12);
  const base = environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(base, "slipway", `${basename(path)}-${hash}`);
}

/** The folder of this package: of the checkout, or of `node_modules/slipway`. */
export function packageFolder(start: string = __dirname): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      const content: unknown = JSON.parse(readFileSync(file, "utf8"));
      if (typeof content === "object" && content !== null && "name" in content && content.name === "slipway")
        return folder;
    }
    if (dirname(folder) === folder) {
      throw new SlipwayError({ subject: "slipway", problem: "does not find its own package.json", value: start });
    }
  }
}

/** The nearest folder at or above `start` that holds a Pulumi project file, if there is one. */
export function findProject(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml")) || existsSync(join(folder, "Pulumi.yml"))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Like {@link findProject}, but a fault when there is none. */
export function requireProject(start: string): string {
  const project = findProject(start);
  if (project === undefined) {
    throw new SlipwayError({
      subject: "Project",
      problem: "holds no Pulumi.yaml, nor does a folder above it",
      value: start,
      advice: "Change into a Pulumi project, or make one here with `npx slipway init`.",
    });
  }
  return project;
}
