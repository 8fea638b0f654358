import { type handleServerStreamingCall, type handleUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";

/** A handler out of a function that answers or throws; the signal fires when the engine no longer waits for the answer. */
export function unary<Request, Response>(
  answer: (request: Request, signal: AbortSignal) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback: sendUnaryData<Response>) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    answer(call.request, gone.signal).then(
      (response) => callback(null, response),
      (error: unknown) => callback(fault(error)),
    );
  };
}

/** A handler out of a function that sends answers until it is done or throws. */
export function streaming<Request, Response>(
  work: (request: Request, send: (response: Response) => void, signal: AbortSignal) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    const send = (response: Response): void => {
      if (!gone.signal.aborted) call.write(response);
    };
    work(call.request, send, gone.signal).then(
      () => call.end(),
      (error: unknown) => call.emit("error", fault(error)),
    );
  };
}

/** A handler that says why there is no answer and what to do instead. */
export function unsupported<Request, Response>(details: string): handleUnaryCall<Request, Response> {
  return (_, callback) => callback({ code: status.UNIMPLEMENTED, details });
}

function fault(error: unknown): { code: status; details: string } {
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}
