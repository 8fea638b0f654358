import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findingsIn } from "../../../components/compose/findings";
import { namingOf } from "../../../components/compose/naming";
import { serviceHash } from "../../../compose/hash";
import { canonicalJson, loadProject } from "../../../compose/project";

const large = "9007199254740993";
const file = `name: large
x-top: 18446744073709551615
services:
  a:
    image: x
    cpu_quota: ${large}
    pids_limit: ${large}
    ulimits: { nofile: ${large} }
    mem_limit: ${large}
    shm_size: ${large}
    environment: { N: ${large} }
    labels: { n: ${large} }
`;

// Expected is what `docker compose config` v5.5.0 prints of the same file.
describe("compose: numbers over 2^53", () => {
  const folder = mkdtempSync(join(tmpdir(), "large-"));
  const path = join(folder, "compose.yaml");
  writeFileSync(path, file);
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("stay what they are, in the model and in the config hash", () => {
    const { project } = loadProject({ files: [path], environment: {} });
    const json = canonicalJson(project);
    for (const text of [
      `"cpu_quota":${large}`,
      `"pids_limit":${large}`,
      `"nofile":${large}`,
      `"mem_limit":"${large}"`,
      '"x-top":18446744073709551615',
    ]) {
      expect(json).to.contain(text);
    }
    const service = project.services["a"];
    expect(service && serviceHash(service)).to.equal(
      "96af1cf1749b762f41a36dd38fad28a499e23329686b3639c3cfcc4395ed5008",
    );
  });

  it("are refused where a program would make others of them", () => {
    const loaded = loadProject({ files: [path], environment: {} });
    const { refused } = findingsIn("ComposeProject", loaded, namingOf(loaded));
    expect(refused.map(({ path: at, problem }) => `${at} ${problem}`)).to.deep.equal([
      "services.a.cpu_quota is too large to be exact",
      "services.a.pids_limit is too large to be exact",
      "services.a.ulimits is too large to be exact",
    ]);
  });
});
