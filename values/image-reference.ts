/** An image reference in its parts (OCI distribution specification; Docker's reference grammar). */
export interface ImageReference {
  /** Registry host with its port; undefined for Docker's default registry. */
  readonly registry?: string;
  /** Repository, without the registry. */
  readonly repository: string;
  /** Tag, as written. */
  readonly tag?: string;
  /** Digest, as written: `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const grammar = new RegExp(
  `^(?:(?<registry>localhost(?::\\d+)?|[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)+(?::\\d+)?|[a-zA-Z0-9-]+:\\d+)/)?` +
    `(?<repository>${component}(?:/${component})*)(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** The parts of a reference; undefined when the text is none. An image id (`sha256:…`) is not a reference. */
export function parseImageReference(text: string): ImageReference | undefined {
  const groups = grammar.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { registry, repository = "", tag, digest } = groups;
  return {
    ...(registry === undefined ? {} : { registry }),
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** True for an image id, as the Engine gives it. */
export function isImageId(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
