import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { forgetRefusals, throwRefusals } from "../components/refusal";
import { SlipwayError } from "../values/fault";

/** A resource that a program registered. */
export interface Registered {
  /** Pulumi type token, such as `docker:index/container:Container`. */
  readonly type: string;
  /** Its name in the program. */
  readonly name: string;
  /** What the program asked for; secrets in clear. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** URN and id of the provider it was given, `URN::ID`; undefined with the default one. */
  readonly provider?: string;
  /** Names of the inputs that are secret, sorted. */
  readonly secrets: readonly string[];
}

/** What the mocked provider or engine answers for a resource: its id and its outputs. */
export interface Outcome {
  readonly id?: string;
  readonly state: Readonly<Record<string, unknown>>;
}

/** How a program is run. */
export interface RunOptions {
  /** Pulumi project name. @default "project" */
  readonly project?: string;
  /** Pulumi stack name. @default "test" */
  readonly stack?: string;
  /** Configuration as the program reads it, keys with their project: `"shop:replicas"`. @default none */
  readonly config?: Readonly<Record<string, string>>;
  /** True to run the program as a preview does. @default false */
  readonly preview?: boolean;
  /** Answers for resource types besides those of packages `docker` and `slipway`, by type token. @default none */
  readonly resources?: Readonly<Record<string, (resource: Registered) => Outcome>>;
  /** Answers of provider functions, by token. @default none */
  readonly functions?: Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => Record<string, unknown>>>;
}

/** What came of a run. */
export class StackRun {
  constructor(
    /** Every resource, in the order of registration. */
    readonly resources: readonly Registered[],
    /** What the program exports, settled; secrets in clear. What a preview can't know is not there. */
    readonly outputs: Readonly<Record<string, unknown>>,
  ) {}

  /** The one resource of a type whose name in the program is `name`. @throws when there is none, or more than one. */
  resource(type: string, name: string): Registered {
    const found = this.resources.filter((one) => one.type === type && one.name === name);
    const [only] = found;
    if (only === undefined || found.length > 1) {
      const there = this.resources.map((one) => `\n  ${one.type} "${one.name}"`).join("");
      throw new SlipwayError({
        subject: "The run",
        problem: `registered ${found.length} resources of type ${type} named "${name}"; it has:${there}`,
      });
    }
    return only;
  }
}

/**
 * Runs a stack program in this process, without Pulumi CLI, provider and daemon, and records what it registers. Resources
 * of the packages `docker` and `slipway` are answered with their inputs and made-up ids; whatever else the program
 * registers or calls must be answered by `options`, or the run fails: a test never passes on a surprise.
 * @throws what the program throws, or a {@link SlipwayError} that lists every surprise.
 */
export async function runStack(program: () => unknown | Promise<unknown>, options: RunOptions = {}): Promise<StackRun> {
  const resources: Registered[] = [];
  const surprises: string[] = [];
  const project = options.project ?? "project";
  const mocks: pulumi.runtime.Mocks = {
    newResource({ type, name, inputs, provider }) {
      const registered: Registered = {
        type,
        name,
        inputs: entriesOf(inClear(inputs)),
        secrets: secretsOf(inputs),
        ...(provider === undefined || provider === "" ? {} : { provider }),
      };
      if (type !== "pulumi:pulumi:Stack") resources.push(registered);
      const answer = options.resources?.[type] ?? known(type);
      if (answer === undefined) surprises.push(`resource ${type} "${name}"`);
      const { id, state } = answer?.(registered) ?? { state: {} };
      return { id: id ?? madeUpId(type, name), state: { ...inputs, ...state } };
    },
    call({ token, inputs }) {
      const answer = options.functions?.[token];
      if (answer === undefined) surprises.push(`function ${token}`);
      return answer?.(inputs) ?? {};
    },
  };
  forgetRefusals();
  await pulumi.runtime.setMocks(mocks, project, options.stack ?? "test", options.preview ?? false);
  pulumi.runtime.setAllConfig({ ...options.config });
  const outputs: unknown = await pulumi.runtime.runInPulumiStack(async () => program());
  const settled = await Promise.all(Object.entries(entriesOf(outputs)).map(settle));
  await pulumi.runtime.disconnect();
  throwRefusals();
  if (surprises.length > 0) {
    throw new SlipwayError({
      subject: "The program",
      problem: `uses what this test does not answer: ${surprises.join(", ")}`,
      advice: "Answer it through `resources` or `functions`.",
    });
  }
  return new StackRun(resources, Object.fromEntries(settled.flat()));
}

type Answer = (resource: Registered) => Outcome;

/** Answers for the types that are ours, as the provider would give them where nothing goes wrong. */
function known(type: string): Answer | undefined {
  const special: Readonly<Record<string, Answer>> = {
    "docker:index/image:Image": ({ name, inputs }) => {
      const digest = createHash("sha256")
        .update(JSON.stringify([name, inputs]))
        .digest("hex");
      const { imageName } = inputs;
      return { id: String(imageName), state: { baseImageName: imageName, repoDigest: `sha256:${digest}` } };
    },
    "docker:index/remoteImage:RemoteImage": ({ inputs }) => {
      const imageId = `sha256:${madeUpId("image", String(inputs["name"]))}`;
      return { state: { ...inputs, imageId, repoDigest: String(inputs["name"]) } };
    },
    "docker:index/container:Container": ({ inputs }) => ({
      state: { networkDatas: [], ports: [], networkMode: "bridge", ...inputs },
    }),
    "pulumi:index:Stash": ({ inputs }) => ({ state: { ...inputs, output: inputs["input"] } }),
    "pulumi:pulumi:Stack": ({ inputs }) => ({ state: inputs }),
  };
  if (special[type] !== undefined) return special[type];
  return /^(docker|slipway):|^pulumi:providers:docker$/.test(type) ? ({ inputs }) => ({ state: inputs }) : undefined;
}

function madeUpId(type: string, name: string): string {
  return createHash("sha256").update(`${type} ${name}`).digest("hex");
}

/** An output with its value, secrets and outputs at any depth in clear; nothing where a preview does not know it. */
async function settle([name, value]: [string, unknown]): Promise<[string, unknown][]> {
  const output = pulumi.output({ value });
  // The SDK has no public word for "not known"; an apply on such an output is never called.
  if ((await Reflect.get(output, "isKnown")) === false) return [];
  return new Promise((resolve) => {
    output.apply((whole) => resolve([[name, Reflect.get(whole, "value")]]));
  });
}

/** Without the wrapping of secrets, at any depth (Pulumi protocol, sdk/go/common/resource/sig). */
function inClear(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inClear);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.some(([key]) => key === signature)) return inClear(Reflect.get(value, "value"));
  return Object.fromEntries(entries.map(([key, item]) => [key, inClear(item)]));
}

function secretsOf(inputs: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(inputs)
    .filter((name) => JSON.stringify(inputs[name] ?? null).includes(`"${signature}"`))
    .sort();
}

const signature = "4dabf18193072939515e22adb298388d";

function entriesOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
