import { hasUnknown, listOf, numberOf, objectOf, type Properties, textOf, type Value } from "../../value";

/** Notes that a value can't be; without a value nothing is quoted. */
export type Refuse = (path: string, value: Value | undefined, problem: string, advice: string) => void;

/** A part of the faults of a container. */
export type FaultFinder = (inputs: Properties, refuse: Refuse) => void;

/** The number of an input is a whole one in a range. */
export function checkNumber(
  refuse: Refuse,
  path: string,
  value: Value | undefined,
  range: { readonly least: number; readonly most?: number; readonly what: string; readonly zero?: boolean },
): void {
  const number = numberOf(value);
  if (number === undefined || (number === 0 && range.zero === true)) return;
  const { least, most = Number.MAX_SAFE_INTEGER, what } = range;
  if (Number.isInteger(number) && number >= least && number <= most) return;
  const advice =
    range.most === undefined ? `Use a whole number, ${least} or more.` : `Use a whole number from ${least} to ${most}.`;
  refuse(path, number, `is not ${what}`, advice);
}

/** The blocks of a list with their paths; those that are not known yet are left out. */
export function blocksOf(inputs: Properties, name: string): { readonly path: string; readonly block: Properties }[] {
  return listOf(inputs[name]).flatMap((item, index) => {
    const block = objectOf(item);
    return Object.keys(block).length === 0 ? [] : [{ path: `${name}[${index}]`, block }];
  });
}

/** The known texts of a list with their paths, the empty ones too. */
export function wordsOf(value: Value | undefined, name: string): { readonly path: string; readonly text: string }[] {
  return listOf(value).flatMap((item, index) =>
    typeof item === "string" ? [{ path: `${name}[${index}]`, text: item }] : [],
  );
}

/** True where two inputs are both given, known or not. */
export function areBothGiven(inputs: Properties, one: string, other: string): boolean {
  const given = (name: string): boolean => {
    const value = inputs[name];
    if (hasUnknown(value)) return true;
    return (
      value !== undefined &&
      value !== null &&
      value !== false &&
      value !== 0 &&
      textOf(value) !== "" &&
      !isEmptyList(value)
    );
  };
  return given(one) && given(other);
}

function isEmptyList(value: Value): boolean {
  return value === "" || (Array.isArray(value) && value.length === 0);
}
