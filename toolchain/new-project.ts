import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { officialBase } from "./base-image";
import { packageFolder } from "./paths";

/**
 * Makes a Pulumi project of a folder that holds none: the project file, and where there is no program, one that builds an
 * image and runs a container of it. What is there already stays. Returns the paths that it wrote.
 */
export function newProject(folder: string): string[] {
  const has = (name: string): boolean => existsSync(join(folder, name));
  const isEmpty = !has("index.ts") && !has("index.js");
  const isTypeScript = isEmpty || has("index.ts");
  const written: string[] = [];
  const put = (name: string, source: string): void => {
    if (has(name)) return;
    cpSync(source, join(folder, name), { recursive: true });
    written.push(name);
  };
  const project = {
    name: nameOf(folder),
    runtime: "nodejs",
    ...(isTypeScript && { main: "index.ts" }),
    ...(isEmpty && { config: { baseImage: { description: "What app/Dockerfile stands on", default: officialBase } } }),
  };
  writeFileSync(join(folder, "Pulumi.yaml"), stringify(project));
  written.push("Pulumi.yaml");
  if (isEmpty) {
    const starter = join(packageFolder(), "toolchain", "starter");
    put("index.ts", join(starter, "index.ts"));
    put("tsconfig.json", join(starter, "tsconfig.json"));
    put("app", join(packageFolder(), "stacks", "hello", "app"));
  }
  if (!has(".gitignore")) {
    writeFileSync(join(folder, ".gitignore"), "node_modules/\n");
    written.push(".gitignore");
  }
  return written;
}

/** The package's name without its scope, or the folder's, in the letters that Pulumi takes for a project's name. */
function nameOf(folder: string): string {
  const file = join(folder, "package.json");
  const manifest: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const named = typeof manifest === "object" && manifest !== null && "name" in manifest ? manifest.name : undefined;
  const name = typeof named === "string" && named !== "" ? named.replace(/^@[^/]*\//, "") : basename(folder);
  return name.replaceAll(/[^A-Za-z0-9_.-]/g, "-").slice(0, 100) || "project";
}
