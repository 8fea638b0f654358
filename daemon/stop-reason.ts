/** Why a signal has ended something, as the end of a sentence. */
export function stopReason(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  const timedOut = reason instanceof Error && reason.name === "TimeoutError";
  return timedOut ? "was stopped: it took longer than its custom timeout allows" : "was stopped";
}
