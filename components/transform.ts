/**
 * Changes what a child of a component is made with, after the component has said what it wants and before the child checks
 * it: `(args) => ({ ...args, memory: "1g" })`.
 */
export type Transform<Args> = (args: Args) => Args;

/** The arguments as the program's transform makes them; as they are without one. */
export function transformed<Args>(args: Args, transform: Transform<Args> | undefined): Args {
  // In JavaScript a transform may forget to answer; what it was given then stands.
  return transform?.(args) ?? args;
}
