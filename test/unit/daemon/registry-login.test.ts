import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { type LoginSources, Logins, registryAuthHeader } from "../../../daemon/registry-login";
import { isSlipwayError } from "../../../values/fault";

// Order and formats as in docker/cli, cli/config/configfile/file.go and cli/config/credentials.
describe("logins of registries", () => {
  let folder: string;
  let env: Record<string, string>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-login-"));
    env = { DOCKER_CONFIG: folder, PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const basic = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString("base64") });
  const config = (content: object): void => writeFileSync(join(folder, "config.json"), JSON.stringify(content));
  const logins = (entries: LoginSources["entries"] = []): Logins => new Logins({ entries, env, home: folder });

  /** A helper that knows some servers and writes down what it was asked, arguments apart from standard input. */
  function helper(name: string, known: Readonly<Record<string, object>>): void {
    const file = join(folder, `docker-credential-${name}`);
    const cases = Object.entries(known).map(([server, answer]) => `  '${server}') echo '${JSON.stringify(answer)}';;`);
    const asked = join(folder, "asked");
    const lines = ["#!/bin/sh", "read -r server", `echo "$* < $server" >> ${asked}`, 'case "$server" in', ...cases];
    lines.push("  *) echo 'credentials not found in native keychain'; exit 1;;", "esac");
    writeFileSync(file, `${lines.join("\n")}\n`);
    chmodSync(file, 0o755);
  }

  it("an entry of registryAuth comes first, under any spelling of the registry's address", async () => {
    config({ auths: { "reg.example:5000": basic("file:f") } });
    for (const address of ["reg.example:5000", "https://reg.example:5000", "http://reg.example:5000/v2/"]) {
      const found = await logins([{ address, username: "me", password: "p:w" }]).find("reg.example:5000");
      expect(found.login, address).to.deep.equal({ username: "me", password: "p:w" });
      expect(found.scheme).to.equal(address.includes("://") ? address.split(":")[0] : undefined);
    }
  });

  it("the hub has many names", async () => {
    for (const address of [
      "docker.io",
      "https://index.docker.io/v1/",
      "registry-1.docker.io",
      "registry.hub.docker.com",
    ]) {
      const found = await logins([{ address, username: "me", password: "pw" }]).find("docker.io");
      expect(found.login, address).to.deep.equal({ username: "me", password: "pw" });
    }
    config({ auths: { "https://index.docker.io/v1/": basic("hub:h") } });
    expect((await logins().find("docker.io")).login).to.deep.equal({ username: "hub", password: "h" });
  });

  it("an entry may name a config file, its content, or nothing at all", async () => {
    const content = JSON.stringify({ auths: { "r:1": basic("inline:i") } });
    expect((await logins([{ address: "r:1", configFileContent: content }]).find("r:1")).login).to.deep.equal({
      username: "inline",
      password: "i",
    });
    writeFileSync(join(folder, "mine.json"), JSON.stringify({ auths: { "https://r:1/v1/": basic("mine:m") } }));
    for (const configFile of [join(folder, "mine.json"), "~/mine.json"]) {
      const found = await logins([{ address: "r:1", configFile }]).find("r:1");
      expect(found.login, configFile).to.deep.equal({ username: "mine", password: "m" });
    }
    config({ auths: { "r:1": basic("docker:d") } });
    expect((await logins([{ address: "r:1" }]).find("r:1")).login).to.deep.equal({ username: "docker", password: "d" });
    env["DOCKER_REGISTRY_USER"] = "variable";
    env["DOCKER_REGISTRY_PASS"] = "v";
    const found = await logins([{ address: "r:1" }]).find("r:1");
    expect(found.login).to.deep.equal({ username: "variable", password: "v" });
    expect((await logins([{ address: "r:1", authDisabled: true }]).find("r:1")).login).to.equal(undefined);
  });

  it("a config file that is named and absent is a fault", async () => {
    const error: unknown = await logins([{ address: "r:1", configFile: "/nowhere/c.json" }])
      .find("r:1")
      .catch((reason: unknown) => reason);
    expect(isSlipwayError(error) && error.message).to.equal(
      'registryAuth for "r:1": configFile "/nowhere/c.json" can\'t be read: ENOENT. Name a docker config file, or give username and password.',
    );
  });

  it("DOCKER_AUTH_CONFIG, then the registry's helper, then the general store, then the file", async () => {
    config({
      auths: { "a:1": basic("file:f"), "b:1": basic("file:f") },
      credHelpers: { "a:1": "one" },
      credsStore: "all",
    });
    helper("one", { "a:1": { Username: "helper", Secret: "s1" } });
    helper("all", {
      "b:1": { Username: "<token>", Secret: "refresh" },
      "https://index.docker.io/v1/": { Username: "hub", Secret: "h" },
    });
    expect((await logins().find("a:1")).login).to.deep.equal({ username: "helper", password: "s1" });
    expect((await logins().find("b:1")).login).to.deep.equal({ identityToken: "refresh" });
    expect((await logins().find("docker.io")).login).to.deep.equal({ username: "hub", password: "h" });
    // The server goes over standard input; nothing but the verb is an argument.
    const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
    expect(asked).to.deep.equal(["get < a:1", "get < b:1", "get < https://index.docker.io/v1/"]);
    env["DOCKER_AUTH_CONFIG"] = JSON.stringify({ auths: { "a:1": basic("variable:v") } });
    expect((await logins().find("a:1")).login).to.deep.equal({ username: "variable", password: "v" });
    // With a general store the file's own entries don't count, as with the docker command.
    expect(await logins().find("c:1")).to.deep.equal({
      source: `no login was found: docker-credential-all (named in ${join(folder, "config.json")}) has none`,
    });
  });

  it("a helper that is missing or fails is told, without its output, and the registry is asked without a login", async () => {
    config({ credHelpers: { "a:1": "absent", "b:1": "../evil", "c:1": "bad" } });
    writeFileSync(join(folder, "docker-credential-bad"), "#!/bin/sh\necho secret-output\nexit 3\n", { mode: 0o755 });
    const where = join(folder, "config.json");
    expect(await logins().find("a:1")).to.deep.equal({
      source: `no login was found: docker-credential-absent is not on PATH (${where} names it)`,
    });
    expect(await logins().find("b:1")).to.deep.equal({
      source: `no login was found: "docker-credential-../evil" is no name of a credential helper (${where} names it)`,
    });
    expect(await logins().find("c:1")).to.deep.equal({
      source: `no login was found: docker-credential-bad failed with exit code 3 (${where} names it)`,
    });
  });

  it("a config file that is broken says so and tells nothing of its content", async () => {
    writeFileSync(join(folder, "config.json"), '{"auths": {"a:1": {"auth": "c2VjcmV0"');
    const found = await logins().find("a:1");
    expect(found.login).to.equal(undefined);
    expect(found.source).to.contain("is no docker config file").and.not.to.contain("c2VjcmV0");
  });

  it("ECR's base64 text becomes the password", async () => {
    const registry = "1.dkr.ecr.eu-west-1.amazonaws.com";
    const password = Buffer.from("AWS:real").toString("base64");
    const found = await logins([{ address: registry, username: "AWS", password }]).find(registry);
    expect(found.login).to.deep.equal({ username: "AWS", password: "real" });
  });

  it("the daemon gets a login as base64url JSON, and no header where there is none", async () => {
    const found = await logins([{ address: "r:1", username: "me", password: "ÿÿ>?" }]).find("r:1");
    const header = registryAuthHeader(found, "r:1")["X-Registry-Auth"] ?? "";
    expect(header).to.match(/^[A-Za-z0-9_-]+=*$/);
    expect(header.length % 4).to.equal(0);
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).to.deep.equal({
      username: "me",
      password: "ÿÿ>?",
      serveraddress: "r:1",
    });
    expect(registryAuthHeader({ source: "none" }, "r:1")).to.deep.equal({});
  });
});
