/** How often it is looked whether the parent process is still there, in ms. */
const checkMs = 1000;

/**
 * Acts once when the process that started this one has gone without ending it, as after kill -9: then nobody else will. It
 * does not keep the process alive.
 */
export function whenParentIsGone(act: () => void): void {
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    act();
  }, checkMs);
  check.unref();
}
