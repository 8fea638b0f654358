import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Children } from "./children";
import { findCommand, findUpwards } from "./find";

/**
 * Puts the Node version that a project's `.nvmrc` or `.node-version` asks for in place, by fnm, for `pulumi install
 * --use-language-version-tools`; returns the version, or undefined without such a file or without fnm.
 */
export async function useNodeVersion(folder: string, children: Children): Promise<string | undefined> {
  const fnm = findCommand("fnm");
  const name = [".nvmrc", ".node-version"].find((one) => findUpwards(one, folder) !== undefined);
  if (fnm === undefined || name === undefined) return undefined;
  const version = readFileSync(join(findUpwards(name, folder) ?? folder, name), "utf8").trim();
  // Without a shell that fnm has prepared, `fnm use` has nowhere to put the version: it needs its own environment first.
  const use =
    process.env["FNM_MULTISHELL_PATH"] === undefined
      ? ["bash", "-c", 'eval "$(fnm env --shell bash)" && fnm use "$1" --install-if-missing', "fnm", version]
      : [fnm, "use", version, "--install-if-missing"];
  for (const words of [use, [fnm, "alias", version, "default"]]) await run(words, children);
  return version;
}

function run([command = "", ...args]: readonly string[], children: Children): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = children.start(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    const keep = (chunk: Buffer): void => {
      text += chunk.toString("utf8");
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.once("error", (error) => reject(new Error(`failed to install node version: ${error.message}`)));
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`failed to install node version: exit status ${code}: ${text.trim()}`)),
    );
  });
}
