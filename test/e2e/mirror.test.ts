import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { inspectImage, removeImage } from "../../daemon/image";
import { ensureStandInBase } from "../../toolchain/stand-in-base";
import { type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

// Byte for byte the Dockerfile of issue 3: it names an official image of years ago, and nothing of ours.
const dockerfile = `FROM node:15.4.0-alpine3.10
WORKDIR /app
COPY . .
RUN npm install
EXPOSE 3000
CMD ["node", "index.js"]
`;

const port = 28080;
const files = {
  "app/Dockerfile": dockerfile,
  // A dependency that only `npm install` brings in: the page would not come without it.
  "app/package.json": JSON.stringify({ name: "app", private: true, dependencies: { greeting: "file:./greeting" } }),
  "app/greeting/package.json": JSON.stringify({ name: "greeting", version: "1.0.0", main: "index.js" }),
  "app/greeting/index.js": 'module.exports = "served through the mirror";\n',
  "app/index.js": `require("http").createServer((_, answer) => answer.end(require("greeting"))).listen(3000);\n`,
};
const program = `import { Container, Image } from "slipway";
const app = new Image("app", { context: "./app" });
export const url = new Container("web", { image: app, ports: ["${port}:3000"], stopTimeout: "1s" }).url;
`;

describe("a Dockerfile of an official base image, through a private mirror", function () {
  this.timeout(300_000);
  let registry: PrivateRegistry;
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    registry = await startRegistry();
    daemon = await startDockerd({ words: [`--registry-mirror=${registry.url}`] });
    const base = await ensureStandInBase(daemon.engine, (line) => console.log(`      ${line}`));
    await pushTo(registry, daemon, base, "library/node:15.4.0-alpine3.10");
    // Only the registry has it now, so the build has to go through the mirror.
    await removeImage(daemon.engine, base, { force: true });
    project = PulumiProject.make({ name: "mirror", daemon, program, files });
  });

  after(async () => {
    project?.remove();
    await daemon?.stop();
    await registry?.stop();
  });

  it("is built and served", async () => {
    expect(await inspectImage(daemon.engine, "node:15.4.0-alpine3.10")).to.equal(undefined);
    const { status, text } = await project.up();
    expect(status, text).to.equal(0);
    expect(project.read("app/Dockerfile")).to.equal(dockerfile);
    const fetched = registry.requests.filter((line) => line.startsWith("GET /v2/library/node/blobs/"));
    expect(fetched, "layers came from the mirror").not.to.have.length(0);
    const answer = await fetch(`http://127.0.0.1:${port}`);
    expect(await answer.text()).to.equal("served through the mirror");
  });

  it("changes nothing the second time", async () => {
    const before = await inspectContainer(daemon.engine, "mirror-dev-web");
    const { status, text } = await project.up({}, "--expect-no-changes");
    expect(status, text).to.equal(0);
    const after = await inspectContainer(daemon.engine, "mirror-dev-web");
    expect(after?.Id).to.equal(before?.Id);
    expect(after?.State?.StartedAt).to.equal(before?.State?.StartedAt);
  });

  it("leaves no container behind", async () => {
    const { status, text } = await project.destroy();
    expect(status, text).to.equal(0);
    expect(await listContainers(daemon.engine, {})).to.have.length(0);
  });
});
