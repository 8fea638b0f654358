import type * as grpc from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";

import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Engine } from "../daemon/client";
import { SlipwayError } from "../values/fault";
import { checkFailures, diffResponse, statusOf } from "./answers";
import type { ChangeMark } from "./change-mark";
import { claimFaults } from "./claim-faults";
import { checkSettings, diffSettings, forgetAdvice } from "./configuration";
import { DaemonLink } from "./daemon-link";
import { boundToDaemon } from "./daemon-stamp";
import { Deployment } from "./deployment";
import { type Change, diffInputs, rootOf } from "./diff";
import { Drift } from "./drift";
import { EngineLog } from "./engine-log";
import type { ProviderFunction } from "./function";
import type { Context, Observed, Resource } from "./resource";
import { readSchema } from "./schema";
import { readSettings } from "./settings";
import type { Siblings } from "./siblings";
import { nameOf, subjectOf, typeOf } from "./urn";
import { flagOf, hasUnknown, type Properties, unknown } from "./value";
import { fromStruct, toStruct } from "./wire";

/** The version of the official plugin whose package this provider serves. */
export const packageVersion = "5.2.0";

/** What the server needs from the outside. */
export interface Options {
  /** Every resource type that is served. */
  readonly resources: readonly Resource[];
  /** True in a preview that only lists what the program wants: nothing is asked of the daemon. @default false */
  readonly isListing?: boolean;
  /** Every function that is served. @default none */
  readonly functions?: readonly ProviderFunction[];
  /** Address of the engine's gRPC service, for log lines. */
  readonly engineAddress: string | undefined;
  /** The variables that settings fall back to. @default none */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the run has told so far. @default nothing yet */
  readonly deployment?: Deployment;
  /** Tells the next run's provider that this one is at work. @default it is told nothing */
  readonly mark?: ChangeMark;
  /** The other provider instances of the run. @default none is asked */
  readonly siblings?: Siblings;
  /** Fires when the engine is gone; ends what is under way as a cancellation does. @default never */
  readonly gone?: AbortSignal;
  /** Opens the daemon that the provider's settings name; nested settings are values here, not JSON. */
  connect(settings: Properties, signal: AbortSignal): Promise<Engine>;
  /** The address of the daemon that the provider's settings name. @default none */
  locate?(settings: Properties): Promise<string>;
  /** Asks a daemon who it is, so that its objects are not looked for on another. @default objects know no daemon */
  identify?(engine: Engine): Promise<string | undefined>;
}

type Handler<Request, Response> = (request: Request) => Promise<Response> | Response;

/** The gRPC service of the package `docker`: it translates, and leaves every decision to the resources. */
export function serviceOf(options: Options): grpc.UntypedServiceImplementation {
  const cancelled = new AbortController();
  options.gone?.addEventListener("abort", () => cancelled.abort(options.gone?.reason));
  const functions = new Map((options.functions ?? []).map((one) => [one.token, one]));
  const deployment = options.deployment ?? new Deployment();
  const env = options.env ?? {};
  const log = new EngineLog(options.engineAddress);
  const drift = new Drift();
  let settings: Properties = {};
  let providerId = "";
  let providerUrn = "";
  const link = new DaemonLink({
    open: () => options.connect(settings, cancelled.signal),
    ...(options.identify === undefined ? {} : { identify: options.identify }),
  });
  const resources = new Map(options.resources.map((resource) => [resource.token, boundToDaemon(resource, link)]));

  const resourceOf = (urn: string): Resource => {
    const token = typeOf(urn);
    const resource = resources.get(token);
    if (resource === undefined) throw new Error(`Resource type "${token}" is not served by Slipway's docker provider.`);
    return resource;
  };

  const contextOf = (urn: string, timeout = 0, isPreview = false): Context => ({
    engine: () => link.connect(),
    urn,
    isPreview,
    providerId,
    deployment,
    settings,
    signal: timeout > 0 ? AbortSignal.any([cancelled.signal, AbortSignal.timeout(timeout * 1000)]) : cancelled.signal,
    log: (message, kind = "info") => log.write(urn, message, kind),
  });

  const verify = async (resource: Resource, context: Context, inputs: Properties, old?: Observed): Promise<void> => {
    // `slipway adopt --lost` asks a program what it wants while all of it is there already.
    if (options.isListing === true) return;
    const faults = await resource.verify?.(context, inputs, old);
    if (faults !== undefined && faults.length > 0) throw new SlipwayError(faults);
  };

  /** A handler as grpc-js wants it; whatever is thrown becomes a status with the message in the user's terms. */
  function unary<Request, Response>(handler: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
      const isChange = ["/Create", "/Update", "/Delete"].some((method) => call.getPath().endsWith(method));
      const handle = (): Promise<Response> | Response => handler(call.request);
      const answer = deployment.during(() =>
        isChange && options.mark !== undefined ? options.mark.during(providerId, handle) : handle(),
      );
      answer.then(
        (response) => callback(null, response),
        (error: unknown) => {
          const method = call.getPath().split("/").at(-1) ?? "";
          const urn = urnOf(call.request);
          const told = isLate(error) ? lateFault(urn, method, error) : error;
          const status = statusOf(told, `${method} of ${urn || "the provider"}`, resources.get(typeOf(urn))?.secrets);
          const isThere = link.isCause(error) && ["Diff", "Read", "Update", "Delete"].includes(method);
          callback(isThere ? { ...status, details: `${status.details} ${forgetAdvice(providerUrn)}` } : status);
        },
      );
    };
  }

  return {
    getPluginInfo: unary(() => new PluginInfo().setVersion(packageVersion)),

    getSchema: unary(async (request: proto.GetSchemaRequest) => {
      const version = request.getVersion();
      if (version !== 0) throw new SlipwayError({ subject: "Schema version", value: version, problem: "is not known" });
      return new proto.GetSchemaResponse().setSchema(await readSchema());
    }),

    // No Terraform provider stands behind this one, so there is nothing to map for `pulumi convert --from terraform`.
    getMapping: unary(() => new proto.GetMappingResponse()),
    getMappings: unary(() => new proto.GetMappingsResponse()),

    attach: unary((request: PluginAttach) => {
      log.attach(request.getAddress());
      return new Empty();
    }),

    checkConfig: unary(async (request: proto.CheckRequest) => {
      const checked = await checkSettings(fromStruct(request.getNews()), subjectOf(request.getUrn()), env);
      return new proto.CheckResponse()
        .setInputs(toStruct(checked.inputs, checked.secrets))
        .setFailuresList(checkFailures(checked.faults));
    }),

    diffConfig: unary(async (request: proto.DiffRequest) => {
      const olds = fromStruct(request.getOldInputs() ?? request.getOlds());
      const urn = request.getUrn();
      return diffResponse(await diffSettings(olds, fromStruct(request.getNews()), subjectOf(urn), env), []);
    }),

    configure: unary(async (request: proto.ConfigureRequest) => {
      settings = readSettings(fromStruct(request.getArgs()), subjectOf(request.getUrn() ?? ""), env).values;
      providerId = request.getId() ?? "";
      providerUrn = request.getUrn() ?? "";
      if (flagOf(settings["disableDockerDaemonCheck"]) !== true) link.warm();
      // What is wrong with the address is told by whoever needs the daemon.
      options.siblings?.at((await options.locate?.(settings).catch(() => undefined)) ?? "");
      await options.mark?.settled(providerId, cancelled.signal, (id) => {
        const why = "a run that was killed: it puts back what served before";
        log.write(providerUrn, `Waiting for the provider (process ${id}) of ${why}.`, "info");
      });
      return new proto.ConfigureResponse().setSupportspreview(true).setSupportsAutonamingConfiguration(true);
    }),

    check: unary(async (request: proto.CheckRequest) => {
      const urn = request.getUrn();
      deployment.declare(urn);
      const checked = await resourceOf(urn).check(fromStruct(request.getOlds()), fromStruct(request.getNews()), {
        urn,
        name: request.getName() || nameOf(urn),
        seed: request.getRandomseed_asU8(),
      });
      const response = new proto.CheckResponse().setInputs(toStruct(checked.inputs, resourceOf(urn).secrets));
      const twins = claimFaults(deployment, resourceOf(urn), urn, checked.inputs);
      // Another resource took its place before it was known that this one stays: what served, serves on.
      if (twins.length > 0) await deployment.restore(urn);
      return response.setFailuresList(checkFailures([...checked.faults, ...twins]));
    }),

    diff: unary(async (request: proto.DiffRequest) => {
      const urn = request.getUrn();
      const resource = resourceOf(urn);
      const context = contextOf(urn);
      const [inputs, state] = [fromStruct(request.getOldInputs()), fromStruct(request.getOlds())];
      const olds = await drift.before(context, resource, request.getId(), inputs, state);
      const news = fromStruct(request.getNews());
      const ignored = request.getIgnorechangesList();
      const changes: readonly Change[] =
        olds === "gone"
          ? [{ path: "id", kind: "update", effect: "replace" }]
          : diffInputs(resource.rules, olds.inputs, news, ignored);
      // A refresh asks for a Diff too, before the program has said anything.
      if (changes.length === 0 && deployment.isDeclared(urn)) resource.kept?.(context, news);
      const isReplaced = changes.some((change) => change.effect === "replace");
      deployment.compare(urn, request.getId(), isReplaced);
      const changed = new Set(changes.map((change) => rootOf(change.path)));
      const stables = Object.entries(resource.rules)
        .filter(([name, rule]) => rule.on === "replace" && !changed.has(name))
        .map(([name]) => name);
      return diffResponse(changes, stables, resource.deletesFirst?.(news));
    }),

    create: unary(async (request: proto.CreateRequest) => {
      const urn = request.getUrn();
      const resource = resourceOf(urn);
      const inputs = fromStruct(request.getProperties());
      const context = contextOf(urn, request.getTimeout(), request.getPreview());
      if (!request.getPreview()) deployment.begin();
      await verify(resource, context, inputs);
      if (request.getPreview()) {
        // A green preview whose up then finds no daemon would be a lie.
        if (flagOf(settings["disableDockerDaemonCheck"]) !== true) await link.connect();
        const planned = (await resource.preview?.(context, inputs)) ?? resource.plan(inputs);
        return new proto.CreateResponse().setProperties(toStruct({ ...planned, id: unknown }, resource.secrets));
      }
      const made = await deployment.change(urn, () => resource.create(context, inputs));
      deployment.keep(resource.token, made.id, urn);
      return new proto.CreateResponse()
        .setId(made.id)
        .setProperties(toStruct({ ...made.state, id: made.id }, resource.secrets))
        .setRefreshBeforeUpdate(true);
    }),

    read: unary(async (request: proto.ReadRequest) => {
      const urn = request.getUrn();
      const resource = resourceOf(urn);
      const state = fromStruct(request.getProperties());
      const olds = fromStruct(request.getInputs());
      const inputs = Object.keys(olds).length === 0 ? undefined : olds;
      deployment.store(urn, request.getId());
      const found = await resource.read(contextOf(urn), request.getId(), inputs, state);
      drift.note(urn);
      if (found === undefined) return new proto.ReadResponse();
      deployment.store(urn, found.id);
      return new proto.ReadResponse()
        .setId(found.id)
        .setInputs(toStruct(found.inputs, resource.secrets))
        .setProperties(toStruct({ ...found.state, id: found.id }, resource.secrets))
        .setRefreshBeforeUpdate(true);
    }),

    update: unary(async (request: proto.UpdateRequest) => {
      const urn = request.getUrn();
      const resource = resourceOf(urn);
      const state = fromStruct(request.getOlds());
      const news = fromStruct(request.getNews());
      const context = contextOf(urn, request.getTimeout(), request.getPreview());
      if (!request.getPreview()) deployment.begin();
      await verify(resource, context, news, { id: request.getId(), state });
      if (request.getPreview() || hasUnknown(news)) {
        const old = { id: request.getId(), state, inputs: fromStruct(request.getOldInputs()) };
        const name = request.getName() || nameOf(urn);
        const reason = await resource.explain?.(name, old.inputs, news);
        if (reason !== undefined) context.log(reason);
        const planned = (await resource.preview?.(context, news, old)) ?? resource.plan(news, state);
        return new proto.UpdateResponse().setProperties(
          toStruct({ ...planned, id: request.getId() }, resource.secrets),
        );
      }
      const olds = drift.found(urn)?.inputs ?? fromStruct(request.getOldInputs());
      const seen = drift.found(urn)?.state ?? state;
      const next = await deployment.change(urn, () => resource.update(context, request.getId(), olds, news, seen));
      return new proto.UpdateResponse()
        .setProperties(toStruct({ ...next, id: request.getId() }, resource.secrets))
        .setRefreshBeforeUpdate(true);
    }),

    delete: unary(async (request: proto.DeleteRequest) => {
      const urn = request.getUrn();
      const resource = resourceOf(urn);
      const context = contextOf(urn, request.getTimeout());
      const id = request.getId();
      const isKept = deployment.keeper(resource.token, id, urn) !== undefined || deployment.isAlive(urn, id);
      if (isKept && resource.hasSharedIds !== true) return new Empty();
      const inputs = fromStruct(request.getOldInputs());
      const state = fromStruct(request.getProperties());
      await deployment.change(urn, () => resource.delete(context, id, inputs, state));
      return new Empty();
    }),

    invoke: unary(async (request: proto.InvokeRequest) => {
      const token = request.getTok();
      const found = functions.get(token);
      if (found === undefined) throw new Error(`Function "${token}" is not served by Slipway's docker provider.`);
      const answer = await found.call(contextOf(""), fromStruct(request.getArgs()));
      return new proto.InvokeResponse().setReturn(toStruct(answer, found.secrets));
    }),

    cancel: unary(() => {
      cancelled.abort(new Error("cancelled"));
      return new Empty();
    }),
  };
}

/** True for what `AbortSignal.timeout` throws out of whatever was waited for. */
function isLate(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

/** The end of a custom timeout where the resource has no more to say of it. */
function lateFault(urn: string, method: string, cause: unknown): SlipwayError {
  const done = { Create: "made", Update: "changed", Delete: "removed" }[method] ?? "read";
  const advice =
    method === "Delete"
      ? "The daemon finishes what it has begun: run the command again. The time is set by the resource option customTimeouts."
      : "Give it more time with the resource option customTimeouts, and run the command again.";
  const problem = `was not ${done} within its custom timeout`;
  return new SlipwayError({ subject: subjectOf(urn), problem, advice }, { cause });
}

function urnOf(request: unknown): string {
  const known = typeof request === "object" && request !== null && "getUrn" in request;
  return known && typeof request.getUrn === "function" ? String(request.getUrn()) : "";
}
