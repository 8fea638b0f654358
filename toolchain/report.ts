/**
 * Told what is going on, one line at a time. A line of "progress" replaces the one before it on a terminal, and is shown
 * only now and then elsewhere; any other is always shown.
 */
export type Report = (line: string, kind?: "progress") => void;

/** A time as a person says it: "0.4 s", "12 s", "4 min 32 s". */
export function spell(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
