/** Where a fault is said: by the component itself, by the provider's Check, by its look at daemon and registries, or while it works. */
export type Phase = "program" | "check" | "preview" | "up";

/** A program that can't become what it says, and what a user has to read about it. */
export interface FaultyProgram {
  readonly what: string;
  /** The statements of the program; test/e2e/faulty-programs.test.ts says what stands before them. */
  readonly program: string;
  readonly phase: Phase;
  /** The whole message with subject, fault, value and advice; `…` stands for what differs from run to run. */
  readonly message: string;
  /** Where a current Engine lets something else be known. @default the same as above */
  readonly onCurrentEngine?: { readonly phase: Phase; readonly message: string };
  /** True where it is among those of `npm test`. @default false */
  readonly isShort?: boolean;
}
