import type { ChildProcess } from "node:child_process";
import {
  type Client,
  credentials,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  status,
} from "@grpc/grpc-js";
import { AnalyzerClient, AnalyzerService, type IAnalyzerServer } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzerHandshakeResponse,
  type AnalyzerStackConfigureRequest,
  AnalyzerStackConfigureResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";

/**
 * Answers for a policy pack until the engine has said which stack it is for, then hands all calls on to the pack. A call that
 * needs the pack before the engine names a stack (`pulumi policy publish`) starts it without one.
 */
export class PolicyStandIn {
  private readonly server = new Server();
  private readonly configured = new Deferred<AnalyzerStackConfigureRequest | undefined>();
  private readonly pack = new Deferred<AnalyzerClient>();
  /** Where it listens on 127.0.0.1. */
  port = 0;

  private constructor() {
    // Whoever waits for the pack hears of it; a pack that nobody has called yet may fail too.
    this.pack.promise.catch(() => undefined);
    const answers: IAnalyzerServer = {
      handshake: (_, callback) => callback(null, new AnalyzerHandshakeResponse()),
      configureStack: (call, callback) => {
        this.configured.resolve(call.request);
        callback(null, new AnalyzerStackConfigureResponse());
      },
      analyze: this.handOn(AnalyzerService.analyze),
      analyzeStack: this.handOn(AnalyzerService.analyzeStack),
      remediate: this.handOn(AnalyzerService.remediate),
      getAnalyzerInfo: this.handOn(AnalyzerService.getAnalyzerInfo),
      getPluginInfo: this.handOn(AnalyzerService.getPluginInfo),
      configure: this.handOn(AnalyzerService.configure),
      cancel: this.handOn(AnalyzerService.cancel),
    };
    this.server.addService(AnalyzerService, answers);
  }

  /** Starts one on a free port. */
  static async listen(): Promise<PolicyStandIn> {
    const standIn = new PolicyStandIn();
    standIn.port = await new Promise<number>((resolve, reject) => {
      standIn.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return standIn;
  }

  /** The stack as variables of the pack's environment, once the engine has named it; the signal ends the wait. */
  async stack(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    signal.addEventListener("abort", () => this.configured.reject(new Error("policy pack not started: cancelled")));
    const request = await this.configured.promise;
    if (request === undefined) return {};
    const config = Object.fromEntries(request.getConfigMap().getEntryList());
    const known = [
      ["PULUMI_NODEJS_ORGANIZATION", request.getOrganization()],
      ["PULUMI_NODEJS_PROJECT", request.getProject()],
      ["PULUMI_NODEJS_STACK", request.getStack()],
      ["PULUMI_NODEJS_DRY_RUN", String(request.getDryRun())],
      ["PULUMI_CONFIG", JSON.stringify(config)],
    ].filter(([, value]) => value !== "");
    return Object.fromEntries(known);
  }

  /** From now on calls go to this pack, which prints its port as its first line; what it prints further is handed on. */
  handOver(pack: ChildProcess, print: (chunk: Buffer) => void): void {
    let first = Buffer.alloc(0);
    let connected = false;
    pack.stdout?.on("data", (chunk: Buffer) => {
      if (connected) return print(chunk);
      first = Buffer.concat([first, chunk]);
      const end = first.indexOf("\n");
      if (end < 0) return;
      connected = true;
      this.connect(Number(first.subarray(0, end).toString("latin1")));
      if (end + 1 < first.length) print(first.subarray(end + 1));
    });
    pack.once("close", (code) => this.pack.reject(new Error(`policy pack not started: it ended with ${code}`)));
    pack.once("error", (error) => this.pack.reject(error));
  }

  close(): void {
    this.server.forceShutdown();
    this.pack.promise.then(
      (client) => client.close(),
      () => undefined,
    );
  }

  private async connect(port: number): Promise<void> {
    const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const stack = await this.configured.promise;
    if (stack === undefined) return this.pack.resolve(client);
    client.configureStack(stack, (error) => {
      // Packs of today take the stack from their environment and do not know the call.
      if (error === null || error.code === status.UNIMPLEMENTED) this.pack.resolve(client);
      else this.pack.reject(new Error(`policy pack configuration failed: ${error.details}`));
    });
  }

  private handOn<Request, Response>(method: MethodDefinition<Request, Response>): handleUnaryCall<Request, Response> {
    return async (call, callback) => {
      this.configured.resolve(undefined);
      try {
        const client: Client = await this.pack.promise;
        const { path, requestSerialize, responseDeserialize } = method;
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, call.request, callback);
      } catch (error) {
        callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
      }
    };
  }
}

/** A promise that others settle. */
class Deferred<Value> {
  resolve: (value: Value) => void = () => undefined;
  reject: (reason: Error) => void = () => undefined;
  readonly promise = new Promise<Value>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
