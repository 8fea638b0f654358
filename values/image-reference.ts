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

/** A reference with everything said that Docker adds: registry, `library/`, and the tag `latest` where there is no digest. */
export interface FullReference extends ImageReference {
  readonly registry: string;
}

/** Docker's default registry, as references name it. */
export const defaultRegistry = "docker.io";

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const host =
  "localhost(?::\\d+)?|\\[[0-9a-fA-F:]+\\](?::\\d+)?|[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)+(?::\\d+)?|[a-zA-Z0-9-]+:\\d+";
const grammar = new RegExp(
  `^(?:(?<registry>${host})/)?` +
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

/** The reference as Docker completes it: `nginx` is `library/nginx`, tag `latest`, of `docker.io`; undefined when the text is none. */
export function fullReference(text: string): FullReference | undefined {
  const parsed = isImageId(text) ? undefined : parseImageReference(text);
  if (parsed === undefined) return undefined;
  const { tag, digest } = parsed;
  const registry = parsed.registry === "index.docker.io" ? defaultRegistry : (parsed.registry ?? defaultRegistry);
  const official = registry === defaultRegistry && !parsed.repository.includes("/");
  const repository = official ? `library/${parsed.repository}` : parsed.repository;
  if (digest === undefined) return { registry, repository, tag: tag ?? "latest" };
  return { registry, repository, ...(tag === undefined ? {} : { tag }), digest };
}

/** One text for every spelling of a reference: `docker.io/library/nginx:latest` for `nginx`; other text stays as it is. */
export function canonicalReference(text: string): string {
  const full = fullReference(text);
  if (full === undefined) return text;
  const { registry, repository, tag, digest } = full;
  // With a digest the tag says nothing: the Engine looks the image up by its digest.
  return `${registry}/${repository}${digest === undefined ? `:${tag}` : `@${digest}`}`;
}

/** True for an image id, as the Engine gives it. */
export function isImageId(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
