export { type Outcome, type Registered, type RunOptions, runStack, StackRun } from "./stack";
