import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProviderArgs } from "@pulumi/docker";
import { expect } from "chai";
import { settingTable } from "../../../provider/settings";
import { unknown } from "../../../provider/value";
import { type FakeEngine, fakeEngine, sendJson } from "../../support/fake-engine";
import { ProviderUnderTest } from "../../support/provider";
import { canonical, describeRecordings, equal, properties, recordedCalls } from "../../support/recordings";

const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

describe("the provider's settings", () => {
  let provider: ProviderUnderTest;
  let folder: string;

  before(async () => {
    provider = await ProviderUnderTest.unconfigured();
    folder = mkdtempSync(join(tmpdir(), "slipway-settings-"));
  });

  after(() => {
    provider.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("are the nine of the package, and moveTo", () => {
    const named: { readonly [Name in keyof Required<ProviderArgs>]: true } = {
      caMaterial: true,
      certMaterial: true,
      certPath: true,
      context: true,
      disableDockerDaemonCheck: true,
      host: true,
      keyMaterial: true,
      registryAuth: true,
      sshOpts: true,
    };
    expect(Object.keys(settingTable).sort()).to.deep.equal([...Object.keys(named), "moveTo"].sort());
  });

  it("names every fault at once, by its path, and no secret", async () => {
    const { failures } = await provider.checkConfig("p", {
      host: "gopher://x",
      certPath: "/nowhere",
      certMaterial: "hunter2",
      caMaterial: "nothing",
      disableDockerDaemonCheck: "perhaps",
      sshOpts: '{"a": 1}',
      registryAuth: JSON.stringify([
        { password: "hunter3" },
        { address: "ftp://x", user: "me" },
        { address: "a", configFile: "/nowhere/config.json" },
        { address: "b", configFileContent: "hunter4" },
      ]),
    });
    expect(failures).to.deep.equal([
      'disableDockerDaemonCheck "perhaps" is neither true nor false. Write true or false.',
      'sshOpts "{"a": 1}" is no list of texts. Write it as ["-o StrictHostKeyChecking=yes"].',
      "caMaterial is no certificate in PEM. Give its content.",
      "certMaterial is no certificate in PEM. Give its content.",
      "keyMaterial is missing beside certMaterial. Give both, or none.",
      "certPath stands beside certMaterial and keyMaterial. Keep one of the two.",
      "registryAuth[0].address is missing. Name the registry, such as `registry.example.com` or `http://127.0.0.1:5000`.",
      "registryAuth[0].username is missing beside the password. Give both.",
      "registryAuth[1].user is no field of it. Use address, authDisabled, configFile, configFileContent, password, username.",
      'registryAuth[1].address "ftp://x" is no address of a registry. Write HOST[:PORT], or a URL with http or https.',
      'registryAuth[2].configFile "/nowhere/config.json" is no file that can be read. Give its path, relative to the program.',
      'registryAuth[3].configFileContent is no JSON of a docker config file. Give {"auths": {…}}.',
      'host "gopher://x" is not understood. Use unix:///path, tcp://host:port or ssh://user@host.',
    ]);
  });

  it("names a context that is not there, and certificates that are not where they should be", async () => {
    const context = await provider.checkConfig("p", { context: "nosuch" });
    expect(context.failures[0]).to.match(/^context "nosuch" is not in .*\. Name one that `docker context ls` lists\.$/);
    const certificates = await provider.checkConfig("p", { host: "tcp://far", certPath: "/nowhere" });
    expect(certificates.failures).to.deep.equal([
      'certPath "/nowhere" are not there. The folder must hold ca.pem, cert.pem and key.pem.',
    ]);
  });

  it("E4: credentials are secret by themselves, whatever the program says", async () => {
    const key = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n";
    const certificate = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";
    const auth = (entry: object): string => JSON.stringify([{ address: "a", ...entry }]);
    const inputs = async (news: Record<string, string>): Promise<unknown> =>
      (await provider.checkConfig("p", news)).inputs;
    expect(await inputs({ keyMaterial: key, certMaterial: certificate, caMaterial: certificate })).to.deep.equal({
      keyMaterial: { ...secret, value: key },
      certMaterial: { ...secret, value: certificate },
      caMaterial: certificate,
    });
    expect(await inputs({ registryAuth: auth({ username: "u", password: "p" }) })).to.deep.equal({
      registryAuth: { ...secret, value: '[{"address":"a","password":"p","username":"u"}]' },
    });
    expect(await inputs({ registryAuth: auth({ configFileContent: "{}" }) })).to.deep.equal({
      registryAuth: { ...secret, value: auth({ configFileContent: "{}" }) },
    });
    expect(await inputs({ registryAuth: auth({ authDisabled: true }) })).to.deep.equal({
      registryAuth: auth({ authDisabled: true }),
    });
  });

  it("stay unknown where they are, and are not looked up then", async () => {
    const { inputs, failures } = await provider.checkConfig("p", {
      host: unknown,
      certPath: "/nowhere",
      registryAuth: unknown,
    });
    expect(failures).to.deep.equal([]);
    expect(inputs["host"]).to.equal("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
  });

  it("fall back to the environment without writing it into the state", async () => {
    const env = { DOCKER_CERT_MATERIAL: "hunter5", DOCKER_REGISTRY_USER: "me" };
    const other = await ProviderUnderTest.unconfigured(env);
    const { inputs, failures } = await other.checkConfig("p", {
      registryAuth: '[{"address":"a","password":"p"}]',
    });
    other.close();
    expect(failures).to.deep.equal([
      "certMaterial is no certificate in PEM. Give its content.",
      "keyMaterial is missing beside certMaterial. Give both, or none.",
    ]);
    expect(Object.keys(inputs)).to.deep.equal(["registryAuth"]);
  });

  describe("A9: another daemon", () => {
    const engines: FakeEngine[] = [];

    /** A daemon that knows itself by an id. */
    async function daemon(id: string): Promise<FakeEngine> {
      const engine = await fakeEngine((request, response) =>
        sendJson(response, request.url === "/version" ? { ApiVersion: "1.41", MinAPIVersion: "1.12" } : { ID: id }),
      );
      engines.push(engine);
      return engine;
    }

    after(() => Promise.all(engines.map((engine) => engine.stop())));

    const diff = (olds: Record<string, string>, news: Record<string, string>) => provider.diffConfig("p", olds, news);

    it("another spelling of an address, and another address of the same daemon, is no change", async () => {
      const [one, twin] = [await daemon("ONE"), await daemon("ONE")];
      const link = join(folder, "link.sock");
      symlinkSync(one.endpoint.url.slice(7), link);
      expect((await diff({ host: one.endpoint.url }, { host: `unix://${link}` })).changes).to.deep.equal([]);
      expect(one.asked, "the daemon is not even asked").to.deep.equal([]);
      expect((await diff({ host: one.endpoint.url }, { host: twin.endpoint.url })).changes).to.deep.equal([]);
    });

    it("a really different daemon is refused, with both and what to do", async () => {
      const [one, two] = [await daemon("ONE"), await daemon("TWO")];
      const said = await diff({ host: one.endpoint.url }, { host: two.endpoint.url }).then(String, String);
      expect(said).to.contain(
        `Provider "p": host "${two.endpoint.url}" leads to another Docker daemon (TWO) than before (${one.endpoint.url}: ONE). ` +
          "Take the change back; or, to make everything anew there, allow it: set SLIPWAY_MOVE_TO to that id",
      );
    });

    it("is moved to where the settings allow it: everything is replaced", async () => {
      const [one, two] = [await daemon("ONE"), await daemon("TWO")];
      const news = { host: two.endpoint.url, moveTo: "TWO" };
      expect((await diff({ host: one.endpoint.url }, news)).detailed).to.deep.equal({ host: "UPDATE_REPLACE" });
      const wrong = await diff({ host: one.endpoint.url }, { ...news, moveTo: "THREE" }).then(String, String);
      expect(wrong).to.contain("leads to another Docker daemon (TWO)");
      const allowed = await ProviderUnderTest.unconfigured({ SLIPWAY_MOVE_TO: "TWO" });
      const { replaces } = await allowed.diffConfig("p", { host: one.endpoint.url }, { host: two.endpoint.url });
      allowed.close();
      expect(replaces).to.deep.equal(["host"]);
      expect((await diff({ host: two.endpoint.url, moveTo: "TWO" }, { host: two.endpoint.url })).changes).to.deep.equal(
        [],
      );
    });

    it("is an update where the old one is gone: a mistyped address can be mended", async () => {
      const two = await daemon("TWO");
      const { detailed } = await diff({ host: "unix:///nowhere.sock" }, { host: two.endpoint.url });
      expect(detailed).to.deep.equal({ host: "UPDATE" });
    });
  });

  it("compares lists as what they say, not by their spelling", async () => {
    const diff = (olds: string, news: string) =>
      provider.diffConfig("p", { registryAuth: olds }, { registryAuth: news }).then(({ detailed }) => detailed);
    expect(await diff('[{"address":"a","username":"u"}]', '[ {"username":"u", "address":"a"} ]')).to.deep.equal({});
    expect(await diff('[{"address":"a"}]', '[{"address":"b"}]')).to.deep.equal({ "registryAuth[0].address": "UPDATE" });
  });

  it("reads a docker config file that is there", async () => {
    writeFileSync(join(folder, "config.json"), "{}");
    const entry = { address: "a", configFile: join(folder, "config.json") };
    const { failures } = await provider.checkConfig("p", { registryAuth: JSON.stringify([entry]) });
    expect(failures).to.deep.equal([]);
  });

  describeRecordings("as recorded from the official plugin", () => {
    it("CheckConfig answers the same inputs, credentials marked more often", async () => {
      const calls = recordedCalls().filter((call) => call.method === "CheckConfig" && call.response !== undefined);
      const different: string[] = [];
      let stricter = 0;
      for (const call of calls) {
        const news = properties(call.request["news"]);
        const theirs = properties(call.response?.["inputs"]);
        const ours = properties((await provider.checkConfig("p", news)).inputs);
        for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
          if (equal(ours[name], theirs[name])) continue;
          // Contract E4: the official plugin leaves a config file's content in clear.
          if (name === "registryAuth" && equal(properties(ours[name])["value"], theirs[name])) stricter++;
          else different.push(`${call.file}: ${name}: ${canonical(ours[name] ?? null)}`);
        }
      }
      console.log(
        `      ${calls.length} recorded CheckConfigs, ${stricter} with a credential that is marked by ours only`,
      );
      expect(different.join("\n")).to.equal("");
      expect(calls.length).to.be.above(100);
    });

    it("DiffConfig changes the same settings, but for another spelling of one address", async () => {
      const calls = recordedCalls().filter((call) => call.method === "DiffConfig");
      const different: string[] = [];
      for (const call of calls) {
        const olds = properties(call.request["oldInputs"] ?? call.request["olds"]);
        const { changes } = await provider.diffConfig("p", olds, properties(call.request["news"]));
        const theirs = call.response?.["diffs"];
        const expected = (Array.isArray(theirs) ? theirs.map(String) : [])
          // Contract A9: /var/run and /run are one folder.
          .filter((name) => name !== "host")
          .sort();
        const wanted = changes.filter((name) => name !== "host");
        if (JSON.stringify(wanted) !== JSON.stringify(expected))
          different.push(`${call.file}: ${changes} not ${expected}`);
      }
      console.log(`      ${calls.length} recorded DiffConfigs`);
      expect(different.join("\n")).to.equal("");
    });
  });
});
