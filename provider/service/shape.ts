import { isEmpty, isList, isObject, type Properties, unknown, type Value } from "../value";

/** When a state is written: the official plugin writes what was not given in three ways. */
export type Phase = "read" | "created" | "planned";

/** What stands for a field without a value in each phase, and the fields inside of it. */
interface Field {
  readonly blank: Readonly<Record<Phase, Value>>;
  readonly inside?: Shape;
}

/** The fields of a block, all of which the official plugin's state has. */
export interface Shape {
  readonly [name: string]: Field;
}

/** A block, or each block of a list, with every field of its shape. */
export function shaped(value: Value, shape: Shape, phase: Phase): Value {
  if (isList(value)) return value.map((item: Value) => shaped(item, shape, phase));
  return isObject(value) ? shapedBlock(value, shape, phase) : value;
}

/** A block with every field of its shape. */
export function shapedBlock(block: Properties, shape: Shape, phase: Phase): Properties {
  const entries = Object.entries(shape).map(([name, { blank, inside }]): [string, Value] => {
    const value = block[name] ?? null;
    if (value === null || (isEmpty(value) && !isList(value))) return [name, blank[phase]];
    if (isEmpty(value)) return [name, blank[phase]];
    return [name, inside === undefined ? value : shaped(value, inside, phase)];
  });
  return Object.fromEntries(entries);
}

function field(read: Value, created: Value = read, planned: Value = created, inside?: Shape): Field {
  return { blank: { read, created, planned }, ...(inside === undefined ? {} : { inside }) };
}

/** A block that is null where it was not given. */
function block(inside: Shape): Field {
  return field(null, null, null, inside);
}

/** A block that the daemon fills in. */
function computed(read: Value, inside: Shape): Field {
  return field(read, read, unknown, inside);
}

const text = field("", "", null);
const list = field([], null);
const map = field({}, null);
const set = field([]);

const file: Shape = { fileGid: field("0"), fileMode: field(0o444), fileName: field(""), fileUid: field("0") };

const mount: Shape = {
  bindOptions: block({ propagation: field("") }),
  readOnly: field(false, null),
  source: field(""),
  target: field(""),
  tmpfsOptions: block({ mode: field(0, null), sizeBytes: field(0, null) }),
  type: field(""),
  volumeOptions: block({ driverName: field(""), driverOptions: map, labels: set, noCopy: field(false, null) }),
};

const dns: Shape = { nameservers: field(null), options: field(null), searches: field(null) };

const health: Shape = {
  interval: field("0s"),
  retries: field(0, 0, null),
  startPeriod: field("0s"),
  tests: set,
  timeout: field("0s"),
};

const privileges: Shape = {
  credentialSpec: block({ file: field(""), registry: field("") }),
  seLinuxContext: block({
    disable: field(false, null),
    level: field(""),
    role: field(""),
    type: field(""),
    user: field(""),
  }),
};

const container: Shape = {
  args: list,
  capAdds: list,
  capDrops: list,
  commands: list,
  configs: field([], [], [], { configId: field(""), configName: field(""), ...file }),
  dir: text,
  dnsConfig: computed({ nameservers: null, options: null, searches: null }, dns),
  env: map,
  groups: list,
  healthcheck: computed({ interval: "0s", retries: 0, startPeriod: "0s", tests: [], timeout: "0s" }, health),
  hostname: text,
  hosts: set,
  image: field(""),
  init: field(false, false, unknown),
  isolation: field("default"),
  labels: set,
  mounts: field([], [], [], mount),
  privileges: block(privileges),
  readOnly: field(false, false, null),
  secrets: field([], [], [], { ...file, secretId: field(""), secretName: field("") }),
  stopGracePeriod: field("0s", "0s", unknown),
  stopSignal: text,
  sysctl: map,
  user: text,
};

/** `taskSpec`. */
export const task: Shape = {
  containerSpec: field(null, null, null, container),
  forceUpdate: field(0, 0, unknown),
  logDriver: block({ name: field(""), options: field(null) }),
  networksAdvanceds: field([], [], [], { aliases: set, driverOpts: set, id: field(""), name: field("") }),
  placement: computed(
    { constraints: [], maxReplicas: 0, platforms: [], prefs: [] },
    { constraints: set, maxReplicas: field(0, 0, null), platforms: set, prefs: set },
  ),
  resources: computed(
    { limits: null, reservation: null },
    {
      limits: block({ memoryBytes: field(0, 0, null), nanoCpus: field(0, 0, null) }),
      reservation: block({
        genericResources: block({ discreteResourcesSpecs: set, namedResourcesSpecs: set }),
        memoryBytes: field(0, 0, null),
        nanoCpus: field(0, 0, null),
      }),
    },
  ),
  restartPolicy: computed(
    { condition: "any", delay: "", maxAttempts: 0, window: "" },
    { condition: field("any"), delay: field(""), maxAttempts: field(0, 0, null), window: field("") },
  ),
  runtime: field("container", "container", unknown),
};

/** `endpointSpec`. */
export const endpoint: Shape = {
  mode: field("vip", "vip", unknown),
  ports: field([], [], [], {
    name: field(""),
    protocol: field("tcp"),
    publishMode: field("ingress"),
    publishedPort: field(0, 0, unknown),
    targetPort: field(0),
  }),
};
