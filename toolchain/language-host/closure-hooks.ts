import type { Session } from "node:inspector";
import { setFlagsFromString } from "node:v8";

/**
 * Stands in for the SDK's `runtime/closure/v8Hooks`, which starts V8's debugger in every program, to know the files of
 * functions it may have to serialise. That takes 50 ms, and makes what follows slower. This one starts it at the first such
 * function: V8 then names all scripts it has, as long as somebody listens before the debugger is on.
 */
export class ClosureHooks {
  private readonly scripts = new Map<string, string>();
  private session: Promise<Session> | undefined;

  /** What the SDK's module exports. */
  readonly exports = {
    isInitializedAsync: async (): Promise<void> => undefined,
    getSessionAsync: (): Promise<Session> => {
      this.session ??= this.open();
      return this.session;
    },
    getScriptUrl: (id: string): string | undefined => this.scripts.get(id),
  };

  private async open(): Promise<Session> {
    setFlagsFromString("--allow-natives-syntax");
    const inspector: typeof import("node:inspector") = require("node:inspector");
    const session = new inspector.Session();
    session.connect();
    session.on("Debugger.scriptParsed", ({ params }) => this.scripts.set(params.scriptId, params.url));
    await new Promise<void>((resolve, reject) => {
      session.post("Debugger.enable", (error) => (error === null ? resolve() : reject(error)));
    });
    return session;
  }
}
