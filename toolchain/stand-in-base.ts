import { execFile } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { pack } from "tar-stream";
import type { Engine } from "../daemon/client";
import { importImage, inspectImage } from "../daemon/image";
import { SlipwayError } from "../values/fault";
import { installDebian, isDebian } from "./debian";
import { findExecutables } from "./executable";
import type { Report } from "./report";

/** A repository of ours: an official name on the user's daemon must stay what its publisher made. */
const repository = "slipway/node-base";

/** True for a reference of the stand-in. */
export function isStandIn(reference: string): boolean {
  return reference.startsWith(`${repository}:`);
}

/**
 * A base image for Node applications put together from this machine's Node, npm and busybox, where no registry can be
 * had; answers its reference. Does nothing when the daemon has it.
 * @throws {@link SlipwayError} when one of the three parts is missing.
 */
export async function ensureStandInBase(
  engine: Engine,
  report: Report,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const node = realpathSync(process.execPath);
  const npm = findNpm(environment);
  const tag = `${process.versions.node}-npm${versionOf(npm)}`;
  const reference = `${repository}:${tag}`;
  if ((await inspectImage(engine, reference)) !== undefined) return reference;
  const busybox = await findBusybox(report, environment);
  report(`putting together ${reference} from ${node}, npm and busybox`);

  const archive = pack();
  const writing = fill(archive, node, npm, busybox).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  await importImage(engine, Readable.from(archive), repository, tag, [
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    'CMD ["node"]',
  ]);
  await writing;
  return reference;
}

type Archive = ReturnType<typeof pack>;

async function fill(archive: Archive, node: string, npm: string, busybox: string): Promise<void> {
  for (const folder of [
    "bin",
    "sbin",
    "etc",
    "root",
    "usr",
    "usr/bin",
    "usr/local",
    "usr/local/bin",
    "proc",
    "sys",
    "dev",
  ])
    await add(archive, { name: folder, type: "directory", mode: 0o755 });
  await add(archive, { name: "tmp", type: "directory", mode: 0o1777 });
  await add(
    archive,
    { name: "etc/passwd", mode: 0o644 },
    Buffer.from("root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/:/bin/sh\n"),
  );
  await add(archive, { name: "etc/group", mode: 0o644 }, Buffer.from("root:x:0:\nnode:x:1000:\n"));
  await add(archive, { name: "etc/nsswitch.conf", mode: 0o644 }, Buffer.from("hosts: files dns\n"));
  const certificates = "/etc/ssl/certs/ca-certificates.crt";
  if (existsSync(certificates)) await addFile(archive, certificates, certificates.slice(1));

  await addFile(archive, busybox, "bin/busybox");
  const { stdout: applets } = await promisify(execFile)(busybox, ["--list"]);
  for (const applet of applets.split("\n")) {
    if (applet === "" || applet === "busybox") continue;
    await add(archive, { name: `bin/${applet}`, type: "symlink", linkname: "busybox" });
  }
  await add(archive, { name: "usr/bin/env", type: "symlink", linkname: "/bin/busybox" });

  await addFile(archive, node, "usr/local/bin/node");
  for (const library of await librariesOf(node)) await addFile(archive, realpathSync(library), library.slice(1));
  await addFolder(archive, npm, "usr/local/lib/node_modules/npm");
  for (const command of ["npm", "npx"]) {
    const linkname = `../lib/node_modules/npm/bin/${command}-cli.js`;
    await add(archive, { name: `usr/local/bin/${command}`, type: "symlink", linkname });
  }
}

/** Every shared library and the loader, at the paths where the program looks for them; none for a static program. */
async function librariesOf(program: string): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)("ldd", [program]);
    return [...stdout.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)].flatMap(([, path]) => (path === undefined ? [] : [path]));
  } catch {
    return [];
  }
}

async function addFolder(archive: Archive, folder: string, name: string): Promise<void> {
  await add(archive, { name, type: "directory", mode: 0o755 });
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    const stats = lstatSync(path);
    if (stats.isDirectory()) await addFolder(archive, path, `${name}/${entry}`);
    else if (stats.isSymbolicLink()) {
      await add(archive, { name: `${name}/${entry}`, type: "symlink", linkname: readlinkSync(path) });
    } else if (stats.isFile()) await addFile(archive, path, `${name}/${entry}`);
  }
}

function addFile(archive: Archive, path: string, name: string): Promise<void> {
  return add(archive, { name, mode: statSync(path).mode & 0o777 }, readFileSync(path));
}

function add(archive: Archive, header: Parameters<Archive["entry"]>[0], content?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (content === undefined) archive.entry(header, done);
    else archive.entry(header, content, done);
  });
}

function findNpm(environment: NodeJS.ProcessEnv): string {
  for (const command of findExecutables("npm", environment)) {
    const found = dirname(dirname(realpathSync(command)));
    if (existsSync(join(found, "bin", "npm-cli.js")) && existsSync(join(found, "package.json"))) return found;
  }
  throw new SlipwayError({
    subject: "npm",
    problem: "is not on PATH, and the stand-in base image needs it",
    advice: "Install npm, or set the stack's config `baseImage` to an image with Node that the daemon has.",
  });
}

function versionOf(npm: string): string {
  const content: unknown = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  return typeof content === "object" && content !== null && "version" in content ? String(content.version) : "unknown";
}

async function findBusybox(report: Report, environment: NodeJS.ProcessEnv): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    for (const path of findExecutables("busybox", environment, ["/bin", "/usr/bin"])) {
      if ((await librariesOf(path)).length === 0) return realpathSync(path);
    }
    return undefined;
  };
  const found = await find();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && isDebian()) {
    report("installing Debian's package busybox-static for the base image (a few seconds)");
    await installDebian(["busybox-static"], environment);
    const installed = await find();
    if (installed !== undefined) return installed;
  }
  throw new SlipwayError({
    subject: "busybox",
    problem: "is not here as a static program, and the stand-in base image needs its shell",
    advice: "Install the package busybox-static, or set the stack's config `baseImage` to an image with Node.",
  });
}
