import { type Fault, SlipwayError } from "../values/fault";

/** At which step a compose file was refused; the same words and the same step as compose's. */
export type Stage = "yaml" | "interpolation" | "schema" | "load" | "cycle" | "consistency";

/** A compose project that can't be loaded. All faults of the stage at which loading ended. */
export class ComposeError extends SlipwayError {
  constructor(
    readonly stage: Stage,
    faults: Fault | readonly Fault[],
    options?: { readonly cause?: unknown },
  ) {
    super(faults, options);
  }
}

/** A path in the document. Lists by index: `["services", "web", "ports", 0]`. */
export type Path = readonly (string | number)[];

/** `services.web.ports[0]`; keys with other characters are quoted. */
export function pathText(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[\w$#@/+~-]+$/.test(part)) return `[${JSON.stringify(part.length > 60 ? `${part.slice(0, 60)}…` : part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}
