import type { Path } from "./fault";
import type { Value } from "./tree";

/** Something that can't be made sense of while a document is put together; where it was written is found later. */
export class LoadFault extends Error {
  constructor(
    readonly path: Path,
    readonly problem: string,
    readonly value?: Value,
    readonly advice?: string,
  ) {
    super(problem);
  }
}
