import { SlipwayError } from "../values/fault";
import { type Properties, textOf } from "./value";

/** The argument `name` of a function. @throws {@link SlipwayError} when there is none */
export function nameArgument(subject: string, args: Properties): string {
  const name = textOf(args["name"]);
  if (name !== undefined) return name;
  throw new SlipwayError({ subject, path: "name", problem: "is missing", advice: "Name what is asked for." });
}
