import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isObject, listOf, objectOf, type Properties, textOf, type Value } from "../../provider/value";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ProviderUnderTest } from "../support/provider";
import { restoreProject } from "../support/recorded-project";
import { canonical, describeRecordings, properties, type RecordedCall, recordedCalls } from "../support/recordings";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const type = "docker:index/image:Image";

/** Where ours answers otherwise on purpose: the call, and the row of the contract that wants it. */
const deliberate: readonly (readonly [call: RegExp, row: string])[] = [
  [/^i-dangling \w+ Check/, "C1: files behind a link that leads nowhere are sent, so they count too, as `contextRest`"],
  [/^i-gone refresh Read/, "D1: an image that was removed from the daemon is seen"],
  [/^i-push-auth change\.\w+ Diff/, "C4: `http://HOST` and `HOST` are one registry, so nothing changes"],
  [/^i-push-auth change\.\w+ Update/, "C4: nothing changes, so nothing is pushed with a password that is wrong"],
  [
    /^i-push-noauth up Create/,
    "E3, E6: the message is in the user's terms, and the image that was built stays known to the state",
  ],
  [/^i-links-modes \w+ Diff/, "D1: the image of a stack that was made before the recording is not on this daemon"],
];

/** What a step has come to, as the engine would keep it. */
interface Made {
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

describeRecordings("docker.Image beside the recordings of the official plugin", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let open: PrivateRegistry;
  let locked: PrivateRegistry;
  const home = process.cwd();
  const login = { username: "h7user", password: "h7pass" };

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    execFileSync("docker", ["-H", daemon.host, "tag", "slipway-test/busybox:1", "h7-busybox:1"]);
    open = await startRegistry();
    locked = await startRegistry({ login });
    pushTo(open, daemon, "h7-busybox:1", "h7/base:1");
  });

  after(async () => {
    await open?.stop();
    await locked?.stop();
    await daemon?.stop();
  });

  afterEach(() => process.chdir(home));

  const cases = [
    ...new Set(
      recordedCalls()
        .filter(isImage)
        .map((call) => call.file.split("/")[0] ?? ""),
    ),
  ];
  for (const name of cases.filter((name) => name.startsWith("i-") && name !== "i-errors")) {
    it(name, async () => {
      const wrong: string[] = [];
      const made = new Map<string | undefined, Made>();
      let count = 0;
      let equal = 0;
      for (const step of steps(name)) {
        const folder = mkdtempSync(join(tmpdir(), "slipway-recorded-"));
        restoreProject(name, step, folder);
        process.chdir(folder);
        if (name === "i-gone" && step === "refresh") execFileSync("docker", ["-H", daemon.host, "rmi", "h7-i-gone:1"]);
        const provider = await ProviderUnderTest.start(daemon.engine, type);
        const calls = recordedCalls().filter((call) => isImage(call) && call.file === `${name}/grpc.${step}.jsonl`);
        for (const call of calls) {
          const label = `${name} ${step} ${call.method}`;
          const known = made.get(call.request.urn) ?? recordedState(call);
          const { ours, theirs, next } = await replay(provider, moved(call), known);
          if (next !== undefined) made.set(call.request.urn, next);
          if (ours === undefined) continue;
          count++;
          if (ours === theirs) equal++;
          else if (!deliberate.some(([pattern]) => pattern.test(label))) {
            wrong.push(`${label}\n  ours   ${ours}\n  theirs ${theirs}`);
          }
        }
        provider.close();
        process.chdir(home);
        rmSync(folder, { recursive: true, force: true });
      }
      const meant = count - equal - wrong.length;
      const but = meant === 0 ? "" : `, ${meant} different on purpose`;
      console.log(`      ${equal} of ${count} answers as recorded${but}`);
      expect(wrong.join("\n")).to.equal("");
      expect(count).to.be.greaterThan(2);
    });
  }

  it("i-errors: every fault of each image, in the user's terms (C10, E3)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-recorded-"));
    restoreProject("i-errors", "preview", folder);
    process.chdir(folder);
    const provider = await ProviderUnderTest.start(daemon.engine, type);
    const failures = async (inputs: Properties): Promise<string> =>
      (await provider.check("x", { buildOnPreview: false, skipPush: false, ...inputs })).failures.join("; ");
    expect(
      await failures({
        imageName: "h7-i-err:1",
        skipPush: true,
        build: { context: "./app", dockerfile: "Dockerfile" },
      }),
    ).to.match(/build\.dockerfile "Dockerfile" does not exist\..*did you mean "app\/Dockerfile"\?/);
    expect(await failures({ imageName: "h7-i-err:2", skipPush: true, build: { context: "./nope" } })).to.contain(
      'build.context "./nope" does not exist',
    );
    expect(await failures({ imageName: "unqualified:1", build: { context: "./app" } })).to.contain(
      'imageName "unqualified:1" can\'t be pushed: it names no registry',
    );
    const strange = { context: "./app", builderVersion: "V9" };
    expect(await failures({ imageName: "h7-i-err:4", skipPush: true, build: strange })).to.contain(
      'build.builderVersion "V9" is no builder. Use BuilderBuildKit or BuilderV1.',
    );
    provider.close();
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  });

  it("im-image: an import by name works, where the official plugin knows none", async () => {
    const provider = await ProviderUnderTest.start(daemon.engine, type);
    const read = await provider.read("r0", "h7-busybox:1");
    expect(read.id).to.equal("h7-busybox:1");
    expect(read.inputs).to.deep.equal({ buildOnPreview: false, imageName: "h7-busybox:1", skipPush: true });
    expect(textOf(read.state["repoDigest"])).to.match(/^sha256:/);
    expect((await provider.read("r0", "h7-nothing:1")).id).to.equal("");
    provider.close();
  });

  /** The call with our registries in the place of the recorded ones. */
  function moved(call: RecordedCall): RecordedCall {
    const text = JSON.stringify(call)
      .replaceAll("127.0.0.1:25050", open.host)
      .replaceAll("127.0.0.1:25051", locked.host);
    const parsed: RecordedCall = JSON.parse(text);
    return parsed;
  }
});

interface Replayed {
  readonly ours?: string;
  readonly theirs?: string;
  readonly next?: Made;
}

async function replay(provider: ProviderUnderTest, call: RecordedCall, made: Made | undefined): Promise<Replayed> {
  const { request, response } = call;
  const preview = request["preview"] === true;
  switch (call.method) {
    case "Check": {
      const { inputs, failures } = await provider.check(nameOf(call), properties(request["news"]), made?.inputs);
      return { ours: [canonical(inputs), ...failures].join(), theirs: canonical(properties(response?.["inputs"])) };
    }
    case "Diff": {
      const news = properties(request["news"]);
      const { detailed } = await provider.diff(nameOf(call), made?.id ?? "", made?.inputs ?? {}, news, made?.state);
      const roots = [...new Set(Object.keys(detailed).map((path) => path.replace(/[.[].*$/, "")))].sort();
      return {
        ours: roots.join(),
        theirs: Object.keys(objectOf(properties(response)["detailedDiff"]))
          .sort()
          .join(),
      };
    }
    case "Create": {
      const inputs = properties(request["properties"]);
      try {
        const { id, state } = await provider.create(nameOf(call), inputs, preview);
        if (preview) return planned(state, response);
        return { ours: shape(state), theirs: shape(properties(response?.["properties"])), next: { id, inputs, state } };
      } catch (error) {
        return { ours: String(error), theirs: String(call.errors) };
      }
    }
    case "Update": {
      const inputs = properties(request["news"]);
      const { id = "", inputs: olds = {}, state = {} } = made ?? {};
      try {
        const next = await provider.update(nameOf(call), id, olds, inputs, state, preview);
        if (preview) return planned(next, response);
        return {
          ours: shape(next),
          theirs: shape(properties(response?.["properties"])),
          next: { id, inputs, state: next },
        };
      } catch (error) {
        return { ours: String(error), theirs: String(call.errors) };
      }
    }
    case "Read": {
      const { id = "", inputs = {}, state = {} } = made ?? {};
      const read = await provider.read(nameOf(call), id, inputs, state);
      return {
        ours: `${read.id} ${shape(read.state)} ${canonical(read.inputs)}`,
        theirs: `${id} ${shape(state)} ${canonical(inputs)}`,
      };
    }
    case "Delete": {
      const { id = "", inputs = {}, state = {} } = made ?? {};
      await provider.delete(nameOf(call), id, inputs, state);
      return { ours: "", theirs: "" };
    }
    default:
      return {};
  }
}

/** The official plugin repeats the inputs in a preview; where it builds, the digest is compared as what it is. */
function planned(state: Properties, response: RecordedCall["response"]): Replayed {
  const theirs = properties(response?.["properties"]);
  return theirs["repoDigest"] === undefined ? {} : { ours: shape(state), theirs: shape(theirs) };
}

/** A state with what differs from build to build as its form only. */
function shape(state: Properties): string {
  const { id: _, ...rest } = plain(state);
  const digest = textOf(rest["repoDigest"])?.replace(/[0-9a-f]{64}$/, "…") ?? null;
  return canonical({ ...rest, repoDigest: digest });
}

/** Without the marks of secrets. */
function plain(value: Properties): Properties {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unmarked(item ?? null)]));
}

function unmarked(value: Value): Value {
  if (Array.isArray(value)) return listOf(value).map(unmarked);
  if (!isObject(value)) return value;
  return "4dabf18193072939515e22adb298388d" in value ? unmarked(value["value"] ?? null) : plain(value);
}

function isImage(call: RecordedCall): boolean {
  return call.request.urn?.includes(`${type}::`) === true;
}

/** What the engine knew of a resource that was made before the recording began. */
function recordedState({ request, method }: RecordedCall): Made | undefined {
  if (method !== "Diff") return undefined;
  return { id: String(request["id"]), inputs: properties(request["oldInputs"]), state: properties(request["olds"]) };
}

function nameOf({ request }: RecordedCall): string {
  return request.urn?.split("::").at(-1) ?? "";
}

/** The steps of a case in their order. */
function steps(name: string): string[] {
  const order = ["preview", "up", "preview2", "change.preview", "change.up", "refresh", "destroy"];
  const recorded = new Set(recordedCalls().flatMap(({ file }) => (file.startsWith(`${name}/`) ? [file] : [])));
  return order.filter((step) => recorded.has(`${name}/grpc.${step}.jsonl`));
}
