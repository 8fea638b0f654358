import { ListValue, NullValue, Struct, Value as WireValue } from "google-protobuf/google/protobuf/struct_pb";
import { isList, isObject, type Properties, unknown, type Value } from "./value";

// The sentinels of the Pulumi protocol (sdk/go/common/resource/plugin/rpc.go and sdk/go/common/resource/sig).
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** The properties of a protocol struct; secrets are taken off, since the engine marks them again by itself. */
export function fromStruct(struct: Struct | undefined): Properties {
  const properties: Record<string, Value> = {};
  struct?.getFieldsMap().forEach((value, key) => {
    properties[key] = fromWire(value);
  });
  return properties;
}

/** Properties as a protocol struct. `secrets` are paths that travel marked as secret: `data`, `auth.password`, `logins[*].token`. */
export function toStruct(properties: Properties, secrets: readonly string[] = []): Struct {
  const struct = new Struct();
  const marked = secrets.reduce<Value>((value, path) => mark(value, path.split(/\.|(?=\[)/)), properties);
  for (const [key, value] of Object.entries(isObject(marked) ? marked : {})) {
    if (value !== undefined) struct.getFieldsMap().set(key, toWire(value));
  }
  return struct;
}

/** Puts the protocol's signature around what a path leads to; `[*]` stands for every element of a list, `*` for every name. */
function mark(value: Value, path: readonly string[]): Value {
  const [name, ...rest] = path;
  if (name === undefined) return value === null || value === unknown ? value : { [signature]: secretSignature, value };
  if (name === "[*]") return isList(value) ? value.map((item: Value) => mark(item, rest)) : value;
  if (!isObject(value)) return value;
  if (name === "*")
    return Object.fromEntries(Object.entries(value).map(([key, item = null]) => [key, mark(item, rest)]));
  const inner = value[name];
  return inner === undefined ? value : { ...value, [name]: mark(inner, rest) };
}

function fromWire(value: WireValue): Value {
  switch (value.getKindCase()) {
    case WireValue.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case WireValue.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case WireValue.KindCase.STRING_VALUE:
      return value.getStringValue() === unknownText ? unknown : value.getStringValue();
    case WireValue.KindCase.LIST_VALUE:
      return (value.getListValue() ?? new ListValue()).getValuesList().map(fromWire);
    case WireValue.KindCase.STRUCT_VALUE: {
      const properties = fromStruct(value.getStructValue());
      return properties[signature] === secretSignature ? (properties["value"] ?? null) : properties;
    }
    default:
      return null;
  }
}

function toWire(value: Value): WireValue {
  const wire = new WireValue();
  if (value === unknown) wire.setStringValue(unknownText);
  else if (value === null) wire.setNullValue(NullValue.NULL_VALUE);
  else if (typeof value === "boolean") wire.setBoolValue(value);
  else if (typeof value === "number") wire.setNumberValue(value);
  else if (typeof value === "string") wire.setStringValue(value);
  else if (isObject(value)) wire.setStructValue(toStruct(value));
  else if (isList(value)) wire.setListValue(new ListValue().setValuesList(value.map(toWire)));
  return wire;
}
