import type {
  handleBidiStreamingCall,
  handleUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";

/** The bytes of one message; each service reads and writes its few fields itself. */
type Bytes = Uint8Array;

/** One gRPC service that BuildKit calls on its client. */
export interface SessionService {
  /** Its full name, such as `moby.buildkit.secrets.v1.Secrets`. */
  readonly name: string;
  /** Calls with one answer. */
  readonly unary: Readonly<Record<string, handleUnaryCall<Bytes, Bytes>>>;
  /** Calls that stream both ways. @default none */
  readonly streams?: Readonly<Record<string, handleBidiStreamingCall<Bytes, Bytes>>>;
}

/** A service as grpc-js wants it. */
export function definitionOf(service: SessionService): [ServiceDefinition, UntypedServiceImplementation] {
  const methods = [
    ...Object.keys(service.unary).map((name) => ({ name, streams: false })),
    ...Object.keys(service.streams ?? {}).map((name) => ({ name, streams: true })),
  ];
  const definition: ServiceDefinition = Object.fromEntries(
    methods.map(({ name, streams }) => [
      name,
      {
        path: pathOf(service, name),
        requestStream: streams,
        responseStream: streams,
        requestSerialize: toBuffer,
        requestDeserialize: same,
        responseSerialize: toBuffer,
        responseDeserialize: same,
      },
    ]),
  );
  return [definition, { ...service.unary, ...service.streams }];
}

/** The paths of its methods, as the session announces them. */
export function pathsOf(service: SessionService): string[] {
  const names = [...Object.keys(service.unary), ...Object.keys(service.streams ?? {})];
  return names.map((name) => pathOf(service, name));
}

function pathOf(service: SessionService, method: string): string {
  return `/${service.name}/${method}`;
}

function toBuffer(bytes: Bytes): Buffer {
  return Buffer.from(bytes);
}

function same(buffer: Buffer): Bytes {
  return buffer;
}
