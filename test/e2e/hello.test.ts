import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { inspectImage } from "../../daemon/image";
import { Checkout } from "../support/checkout";
import { type PrivateDaemon, startDockerd } from "../support/dockerd";

// The default stack in a copy of this checkout, by the commands of the README, on a private daemon.
describe("the default stack", function () {
  this.timeout(240_000);
  const port = 23482;
  let daemon: PrivateDaemon;
  let checkout: Checkout;

  before(async () => {
    daemon = await startDockerd();
    checkout = Checkout.make({ env: { DOCKER_HOST: daemon.host } });
    configure("Hello");
  });

  after(async () => {
    checkout?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  function configure(greeting: string, published: number | string = port): void {
    checkout.configure({ port: String(published), greeting });
  }

  const slipway = (...words: string[]) => checkout.slipway(...words);
  const served = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}`)).text();
  const container = async (): Promise<string> =>
    (await inspectContainer(daemon.engine, "slipway-dev-hello"))?.Id ?? "none";

  it("is built, started, listed and asked by up", async () => {
    const { status, text } = await slipway("up");
    expect(status, text).to.equal(0);
    expect(text).to.contain(`http://localhost:${port} answers 200`);
    expect(text).to.match(/CONTAINER ID +IMAGE +COMMAND/);
    expect(text).to.match(/slipway-dev-app\S* +"node index.js"/);
    expect(await served()).to.equal("Hello\n");
  });

  it("is left alone by a second up", async () => {
    const before = await container();
    const { status, text } = await slipway("up", "--expect-no-changes");
    expect(status, text).to.equal(0);
    expect(text).to.contain("5 unchanged");
    expect(await container()).to.equal(before);
  });

  it("shows a changed variable in the plan and applies it", async () => {
    configure("Goodbye");
    const plan = await slipway("preview", "--diff");
    expect(plan.text).to.contain('"GREETING=Hello" => "GREETING=Goodbye"');
    const { status, text } = await slipway("up");
    expect(status, text).to.equal(0);
    expect(await served()).to.equal("Goodbye\n");
  });

  it("serves changed sources after the next up", async () => {
    const file = checkout.path("stacks/hello/app/index.js");
    writeFileSync(file, readFileSync(file, "utf8").replace("}\\n`", "}, once more\\n`"));
    const plan = await slipway("preview", "--diff");
    expect(plan.text).to.match(/Image "app" will be rebuilt, because of:\s+index\.js\s+Containers/);
    expect(plan.text).to.match(/image:Image: \(update\)/);
    expect(plan.text).to.match(/container:Container: \(replace\)/);
    const { status, text } = await slipway("up");
    expect(status, text).to.equal(0);
    expect(await served()).to.equal("Goodbye, once more\n");
  });

  it("refuses a port that is none in preview, and serves on", async () => {
    const before = await container();
    configure("Goodbye", "99999");
    const { status, text } = await slipway("preview");
    expect(status).to.not.equal(0);
    expect(text).to.contain('Container "hello": ports[0] "99999:3000" names a port that is none.');
    expect(text).to.contain("(stacks/hello/index.ts:");
    expect(text, "a message, not a stack").not.to.match(/^ +at .*node:/m);
    expect(await served()).to.equal("Goodbye, once more\n");
    expect(await container()).to.equal(before);
    configure("Goodbye");
  });

  it("leaves nothing of its own after destroy", async () => {
    const { status, text } = await slipway("destroy");
    expect(status, text).to.equal(0);
    expect(await listContainers(daemon.engine, {})).to.have.length(0);
    expect(await inspectImage(daemon.engine, "slipway-dev-app")).to.equal(undefined);
  });
});
