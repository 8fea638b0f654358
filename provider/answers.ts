import * as grpc from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { describeFault, type Fault, messageOf } from "../values/fault";
import { asBug } from "./bug";
import { type Change, rootOf } from "./diff";
import { InitError } from "./resource";
import { toStruct } from "./wire";

/**
 * The faults of a Check. The engine prints `TYPE resource 'NAME' has a problem: REASON`, so the reason leaves the subject
 * out; and with a property set it would print that property's whole value besides, secret or not, or `{<nil>}` for a path
 * (pkg/resource/deploy, issueCheckFailures).
 */
export function checkFailures(faults: readonly Fault[]): proto.CheckFailure[] {
  return faults.map(({ path, subject, ...fault }) =>
    new proto.CheckFailure().setReason(describeFault({ ...fault, subject: path ?? subject })),
  );
}

/** The answer of a Diff. */
export function diffResponse(
  changes: readonly Change[],
  stables: readonly string[],
  deletesFirst = false,
): proto.DiffResponse {
  const { Kind } = proto.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setHasdetaileddiff(true)
    .setStablesList([...stables])
    .setDiffsList([...new Set(changes.map((change) => rootOf(change.path)))].sort());
  const replaces = changes.filter((change) => change.effect === "replace");
  if (replaces.length > 0) response.setDeletebeforereplace(deletesFirst);
  response.setReplacesList(replaces.map((change) => rootOf(change.path)).sort());
  for (const change of changes) {
    const kind = kinds[change.kind][change.effect === "replace" ? 1 : 0];
    response.getDetaileddiffMap().set(change.path, new proto.PropertyDiff().setKind(kind).setInputdiff(true));
  }
  return response;
}

/** Whatever was thrown as a gRPC status, in the user's terms; `doing` is the call, `secrets` the state's secret properties. */
export function statusOf(error: unknown, doing: string, secrets: readonly string[] = []): Partial<grpc.StatusObject> {
  const details = asBug(error, doing) ?? messageOf(error);
  if (!(error instanceof InitError)) return { code: grpc.status.UNKNOWN, details };
  const failed = new proto.ErrorResourceInitFailed()
    .setId(error.observed.id)
    .setProperties(toStruct({ ...error.observed.state, id: error.observed.id }, secrets))
    .setReasonsList([details])
    .setRefreshBeforeUpdate(true);
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(details);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details, metadata };
}
