import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Checkout } from "./checkout";

/** The package as `npm publish` would send it. */
export interface PackedPackage {
  /** Path of the tarball. */
  readonly tarball: string;
  /** Paths in it. */
  readonly files: readonly string[];
  /** Bytes, packed. */
  readonly size: number;
  remove(): void;
}

/** Packs a copy of this checkout with `npm pack`, which builds it first. */
export function packPackage(): PackedPackage {
  const checkout = Checkout.make();
  const words = ["pack", "--json", "--loglevel=error"];
  const text = execFileSync("npm", words, {
    cwd: checkout.folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const packed = described(JSON.parse(text.slice(text.search(/^[[{]/m))));
  return {
    tarball: join(checkout.folder, packed.filename),
    files: packed.files.map(({ path }) => path),
    size: packed.size,
    remove: () => checkout.remove(),
  };
}

interface Description {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** npm answers a list, and from version 12 on a map by the package's name. */
function described(answer: readonly Description[] | Readonly<Record<string, Description>>): Description {
  const [only] = Object.values(answer);
  if (only === undefined) throw new Error("npm pack described no package.");
  return only;
}
