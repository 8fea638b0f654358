import type { Fault } from "../../values/fault";
import { type Properties, unknown } from "../value";
import { isolationFaults } from "./faults/isolation";
import { lifecycleFaults } from "./faults/lifecycle";
import { limitFaults } from "./faults/limits";
import { networkFaults } from "./faults/network";
import { portFaults } from "./faults/ports";
import { processFaults } from "./faults/process";
import type { Refuse } from "./faults/refuse";
import { storageFaults } from "./faults/storage";
import { uploadFaults } from "./faults/uploads";

/**
 * Everything in the inputs that no deployment can cure, all at once, each with its property path: form and range of every
 * input and what contradicts itself (reconciliation.md, C10). What is unknown in a preview is not judged. Values that may be
 * secret are never quoted: of a variable only its name, of a file only its path.
 */
export function faultsOf(inputs: Properties, name: string): Fault[] {
  const faults: Fault[] = [];
  const refuse: Refuse = (path, value, problem, advice) => {
    const shown = value === undefined || value === null || value === unknown ? {} : { value };
    faults.push({ subject: `Container "${name}"`, path, problem, advice, ...shown });
  };
  const parts = [
    processFaults,
    lifecycleFaults,
    limitFaults,
    portFaults,
    networkFaults,
    storageFaults,
    uploadFaults,
    isolationFaults,
  ];
  for (const part of parts) part(inputs, refuse);
  return faults;
}
