/** A platform in its parts: `linux/arm64/v8`, or `linux` alone. */
interface Platform {
  readonly os: string;
  readonly architecture?: string;
  readonly variant?: string;
}

/** What an image says of its platform (Engine API, `ImageInspect`). */
export interface ImagePlatform {
  readonly Os?: string;
  readonly Architecture?: string;
  readonly Variant?: string | null;
}

/** Other names of architectures (containerd, platforms/database.go). */
const architectures: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  i386: "386",
  armhf: "arm",
  armel: "arm",
};
/** The variant that an architecture has where none is said. */
const variants: Readonly<Record<string, string>> = { arm: "v7", arm64: "v8" };

/** The platform in one spelling: `linux/amd64` for `Linux/x86_64`; undefined when the text is none. */
export function canonicalPlatform(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return undefined;
  const { os, architecture, variant } = parsed;
  return [os, architecture, variant].filter((part) => part !== undefined && part !== "").join("/");
}

/** True where an image is of a platform; parts that the text leaves out are not compared. */
export function isPlatform(image: ImagePlatform, text: string): boolean {
  const wanted = parse(text);
  const own = parse(platformText(image));
  if (wanted === undefined || own === undefined) return true;
  if (wanted.os !== own.os) return false;
  if (wanted.architecture === undefined || own.architecture === undefined) return true;
  return (
    wanted.architecture === own.architecture && (wanted.variant ?? own.variant) === (own.variant ?? wanted.variant)
  );
}

/** The platform of an image: `linux/amd64`. */
export function platformText({ Os, Architecture, Variant }: ImagePlatform): string {
  return [Os, Architecture, Variant].filter((part) => part !== undefined && part !== null && part !== "").join("/");
}

/** Systems and architectures that containerd knows by one word (platforms/database.go). */
const systems = "aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows";
const processors = "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm";

/** A system by itself; an architecture by itself is the daemon's system's, for which only Linux is meant in practice. */
function alone(word: string): Platform | undefined {
  const architecture = architectures[word] ?? word;
  if (processors.split(" ").includes(architecture)) return parse(`linux/${word}`);
  const os = word === "macos" ? "darwin" : word;
  return systems.split(" ").includes(os) ? { os } : undefined;
}

function parse(text: string): Platform | undefined {
  const match = /^([a-z0-9]+)(?:\/([a-z0-9_-]+)(?:\/([a-z0-9.]+))?)?$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  const [, os = "", named, given] = match;
  if (named === undefined) return alone(os);
  const architecture = architectures[named] ?? named;
  // arm64's only variant in use is v8, and a missing one means it; arm's default is v7.
  const variant = given ?? (named === "armel" ? "v6" : variants[architecture]);
  return {
    os,
    architecture,
    ...(variant === undefined || (architecture === "arm64" && variant === "v8") ? {} : { variant }),
  };
}
