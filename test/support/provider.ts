import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Engine } from "../../daemon/client";
import { functions } from "../../provider/functions";
import { resourceTypes } from "../../provider/resources";
import { serve } from "../../provider/serve";
import { type Options, serviceOf } from "../../provider/server";
import type { Properties } from "../../provider/value";
import { fromStruct, toStruct } from "../../provider/wire";
import { type ListeningEngine, startEngine } from "./engine";

type Done<Response> = (error: grpc.ServiceError | null, answer: Response) => void;

/** What Diff answered. */
export interface DiffAnswer {
  readonly changes: readonly string[];
  readonly replaces: readonly string[];
  /** Property path → kind of change, such as `envs[0]` → `UPDATE_REPLACE`. */
  readonly detailed: Readonly<Record<string, string>>;
  /** Delete-before-replace. */
  readonly deletesFirst: boolean;
}

/**
 * The provider behind its real gRPC wire, without CLI and engine: for questions about single calls. What a user sees is
 * shown by test/e2e, through the CLI.
 */
export class ProviderUnderTest {
  private constructor(
    private readonly client: ResourceProviderClient,
    private readonly type: string,
    private readonly listener: ListeningEngine,
    private readonly end: () => void,
  ) {}

  /**
   * Serves the provider on a daemon; `id` is the provider resource's id, which tells two clones of a project apart, and
   * `settings` are the provider's own, such as `registryAuth`.
   */
  static async start(
    engine: Engine,
    type: string,
    id = "test-provider",
    settings: Properties = {},
  ): Promise<ProviderUnderTest> {
    const provider = await ProviderUnderTest.serve(type, { connect: async () => engine });
    await provider.configure(id, settings);
    return provider;
  }

  /** Serves it without a daemon and unconfigured, for questions about its settings; `env` is what they fall back to. */
  static unconfigured(env: Readonly<Record<string, string>> = {}): Promise<ProviderUnderTest> {
    const connect = (): Promise<never> => Promise.reject(new Error("This test has no daemon."));
    return ProviderUnderTest.serve("pulumi:providers:docker", { env, connect });
  }

  /** The provider as a process of its own, from dist/, which {@link close} ends with SIGKILL. */
  static async spawn(host: string, type: string, id = "test-provider"): Promise<ProviderUnderTest> {
    const listener = await startEngine();
    const words = [join(__dirname, "../../dist/provider/main.js"), listener.address];
    const env = { ...process.env, DOCKER_HOST: host };
    const child = spawn(process.execPath, words, { env, stdio: ["ignore", "pipe", "inherit"] });
    const [line]: unknown[] = await once(child.stdout, "data");
    const provider = ProviderUnderTest.at(Number(String(line)), type, listener, () => child.kill("SIGKILL"));
    await provider.configure(id);
    return provider;
  }

  private static async serve(type: string, options: Pick<Options, "connect" | "env">): Promise<ProviderUnderTest> {
    const listener = await startEngine();
    const service = serviceOf({ resources: resourceTypes, functions, engineAddress: listener.address, ...options });
    const { port, stop } = await serve(service);
    return ProviderUnderTest.at(port, type, listener, stop);
  }

  private static at(port: number, type: string, listener: ListeningEngine, end: () => void): ProviderUnderTest {
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    return new ProviderUnderTest(client, type, listener, end);
  }

  private async configure(id: string, settings: Properties = {}): Promise<void> {
    const request = new proto.ConfigureRequest().setId(id).setArgs(toStruct(settings));
    await this.call(request, (message, done: Done<proto.ConfigureResponse>) => this.client.configure(message, done));
  }

  /** CheckConfig, with the inputs as they are on the wire, so that secrets show. */
  async checkConfig(
    name: string,
    news: Properties,
  ): Promise<{ inputs: Readonly<Record<string, unknown>>; failures: string[] }> {
    const request = new proto.CheckRequest().setUrn(this.urn(name)).setName(name).setNews(toStruct(news));
    const answer = await this.call(request, (message, done: Done<proto.CheckResponse>) =>
      this.client.checkConfig(message, done),
    );
    const inputs: Readonly<Record<string, unknown>> = answer.getInputs()?.toJavaScript() ?? {};
    return { inputs, failures: answer.getFailuresList().map((failure) => failure.getReason()) };
  }

  async diffConfig(name: string, olds: Properties, news: Properties): Promise<DiffAnswer> {
    const request = new proto.DiffRequest()
      .setUrn(this.urn(name))
      .setName(name)
      .setOlds(toStruct(olds))
      .setOldInputs(toStruct(olds))
      .setNews(toStruct(news));
    return diffAnswer(
      await this.call(request, (message, done: Done<proto.DiffResponse>) => this.client.diffConfig(message, done)),
    );
  }

  /** The same provider in the same run, for resources of another type. */
  as(type: string): ProviderUnderTest {
    return new ProviderUnderTest(this.client, type, this.listener, this.end);
  }

  urn(name: string): string {
    return `urn:pulumi:dev::unit::${this.type}::${name}`;
  }

  /** @returns the checked inputs, or the failures as a user reads them, each beginning with its property path. */
  async check(
    name: string,
    news: Properties,
    olds: Properties = {},
  ): Promise<{ inputs: Properties; failures: string[] }> {
    const request = new proto.CheckRequest()
      .setUrn(this.urn(name))
      .setName(name)
      .setType(this.type)
      .setOlds(toStruct(olds))
      .setNews(toStruct(news))
      .setRandomseed(randomBytes(8));
    const answer = await this.call(request, (message, done: Done<proto.CheckResponse>) =>
      this.client.check(message, done),
    );
    const failures = answer.getFailuresList().map((failure) => failure.getReason());
    return { inputs: fromStruct(answer.getInputs()), failures };
  }

  async diff(
    name: string,
    id: string,
    oldInputs: Properties,
    news: Properties,
    state: Properties = {},
  ): Promise<DiffAnswer> {
    const request = new proto.DiffRequest()
      .setUrn(this.urn(name))
      .setName(name)
      .setType(this.type)
      .setId(id)
      .setOlds(toStruct(state))
      .setOldInputs(toStruct(oldInputs))
      .setNews(toStruct(news));
    const answer = await this.call(request, (message, done: Done<proto.DiffResponse>) =>
      this.client.diff(message, done),
    );
    return diffAnswer(answer);
  }

  async create(name: string, inputs: Properties, preview = false): Promise<{ id: string; state: Properties }> {
    const request = new proto.CreateRequest()
      .setUrn(this.urn(name))
      .setName(name)
      .setType(this.type)
      .setPreview(preview)
      .setProperties(toStruct(inputs));
    const answer = await this.call(request, (message, done: Done<proto.CreateResponse>) =>
      this.client.create(message, done),
    );
    return { id: answer.getId(), state: fromStruct(answer.getProperties()) };
  }

  /** Without inputs and state it is an import. @returns an empty id when the object is gone. */
  async read(
    name: string,
    id: string,
    inputs?: Properties,
    state?: Properties,
  ): Promise<{ id: string; inputs: Properties; state: Properties }> {
    const request = new proto.ReadRequest().setUrn(this.urn(name)).setName(name).setType(this.type).setId(id);
    if (inputs !== undefined) request.setInputs(toStruct(inputs));
    if (state !== undefined) request.setProperties(toStruct(state));
    const answer = await this.call(request, (message, done: Done<proto.ReadResponse>) =>
      this.client.read(message, done),
    );
    return {
      id: answer.getId(),
      inputs: fromStruct(answer.getInputs()),
      state: fromStruct(answer.getProperties()),
    };
  }

  async update(
    name: string,
    id: string,
    oldInputs: Properties,
    news: Properties,
    state: Properties,
    preview = false,
  ): Promise<Properties> {
    const request = new proto.UpdateRequest()
      .setUrn(this.urn(name))
      .setName(name)
      .setType(this.type)
      .setId(id)
      .setPreview(preview)
      .setOlds(toStruct(state))
      .setOldInputs(toStruct(oldInputs))
      .setNews(toStruct(news));
    const answer = await this.call(request, (message, done: Done<proto.UpdateResponse>) =>
      this.client.update(message, done),
    );
    return fromStruct(answer.getProperties());
  }

  async delete(name: string, id: string, inputs: Properties, state: Properties): Promise<void> {
    const request = new proto.DeleteRequest()
      .setUrn(this.urn(name))
      .setName(name)
      .setType(this.type)
      .setId(id)
      .setOldInputs(toStruct(inputs))
      .setProperties(toStruct(state));
    await this.call(request, (message, done: Done<Empty>) => this.client.delete(message, done));
  }

  /** What the engine sends on Ctrl-C. */
  async cancel(): Promise<void> {
    await this.call(new Empty(), (message, done: Done<Empty>) => this.client.cancel(message, done));
  }

  /** What it has said since the last time, each line with what it is: `info: …`; the lines of a build are `status: …`. */
  async said(): Promise<string[]> {
    // The provider does not wait until the engine has heard it.
    await sleep(50);
    const { logs } = this.listener;
    const said = logs.map(({ severity, text, isStatus }) => `${isStatus ? "status" : severity}: ${text}`);
    logs.length = 0;
    return said;
  }

  /** Calls a function of the package, such as `getNetwork`. */
  async invoke(name: string, args: Properties): Promise<Properties> {
    const request = new proto.InvokeRequest().setTok(`docker:index/${name}:${name}`).setArgs(toStruct(args));
    const answer = await this.call(request, (message, done: Done<proto.InvokeResponse>) =>
      this.client.invoke(message, done),
    );
    return fromStruct(answer.getReturn());
  }

  close(): void {
    this.client.close();
    this.end();
    this.listener.stop();
  }

  private call<Request, Response>(
    request: Request,
    send: (request: Request, done: Done<Response>) => unknown,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      send(request, (error, answer) => (error === null ? resolve(answer) : reject(initFailure(error) ?? error)));
    });
  }
}

/** A create or update that failed after something was made: the engine keeps id and state, and tries an update next time. */
export class InitFailure extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly state: Properties,
  ) {
    super(message);
  }
}

function initFailure(error: grpc.ServiceError): InitFailure | undefined {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (typeof bytes !== "object") return undefined;
  const [detail] = Status.deserializeBinary(bytes).getDetailsList();
  const failed = detail?.unpack(
    (binary) => proto.ErrorResourceInitFailed.deserializeBinary(binary),
    "pulumirpc.ErrorResourceInitFailed",
  );
  if (failed === undefined || failed === null) return undefined;
  return new InitFailure(error.details, failed.getId(), fromStruct(failed.getProperties()));
}

function diffAnswer(answer: proto.DiffResponse): DiffAnswer {
  const kinds = Object.entries(proto.PropertyDiff.Kind);
  const detailed: Record<string, string> = {};
  answer.getDetaileddiffMap().forEach((value, path) => {
    detailed[path] = kinds.find(([, kind]) => kind === value.getKind())?.[0] ?? "?";
  });
  const deletesFirst = answer.getDeletebeforereplace();
  return { changes: answer.getDiffsList(), replaces: answer.getReplacesList(), detailed, deletesFirst };
}
