import { expect } from "chai";
import { messageOf } from "../../values/fault";
import type { Lifecycle } from "../support/lifecycle";
import { RegistryWorld } from "../support/registry-world";

describe("docker.Tag", function () {
  this.timeout(120_000);
  let world: RegistryWorld;
  let life: Lifecycle;

  before(async () => {
    world = await RegistryWorld.start();
  });
  after(() => world?.stop());
  beforeEach(async () => {
    life = await world.lifecycle("tag:Tag");
  });
  afterEach(async () => {
    await world.destroy(life, "tag:Tag");
    life.provider.close();
  });

  const one = "slipway-test/busybox:1";
  const inputs = { sourceImage: one, targetImage: "tagged/app:1" };

  it("gives a name, and takes it off again without the image", async () => {
    expect(await life.apply("t", inputs)).to.equal("create");
    expect(await world.imageId("tagged/app:1")).to.equal(await world.imageId(one));
    await world.destroy(life, "tag:Tag");
    expect(await world.imageId("tagged/app:1")).to.equal("none");
    expect(await world.imageId(one)).not.to.equal("none");
  });

  it("D1: a name that is gone, or was given to another image, is given back", async () => {
    await life.apply("t", inputs);
    world.docker("rmi", "tagged/app:1");
    expect(await life.preview("t", inputs)).to.deep.equal(["(new)"]);
    expect(await life.apply("t", inputs)).to.equal("create");
    world.docker("tag", "slipway-test/busybox:2", "tagged/app:1");
    expect(await life.preview("t", inputs)).to.deep.equal(["targetImage"]);
    expect(await life.apply("t", inputs)).to.equal("replace");
    await life.finish("t");
    expect(await world.imageId("tagged/app:1")).to.equal(await world.imageId(one));
    expect(await life.apply("t", inputs)).to.equal("same");
  });

  it("follows a source that has become another image", async () => {
    world.docker("tag", one, "source/app:1");
    const moving = { sourceImage: "source/app:1", targetImage: "tagged/app:2" };
    await life.apply("t", moving);
    world.docker("tag", "slipway-test/busybox:2", "source/app:1");
    expect(await life.preview("t", moving)).to.deep.equal(["sourceImage"]);
    expect(await life.apply("t", moving)).to.equal("replace");
    await life.finish("t");
    expect(await world.imageId("tagged/app:2")).to.equal(await world.imageId("slipway-test/busybox:2"));
    world.docker("rmi", "source/app:1");
    expect(await life.apply("t", moving), "the source is not needed any more").to.equal("same");
  });

  it("tagTriggers: a changed one gives the name anew, also where the source is the same image", async () => {
    const triggered = { ...inputs, tagTriggers: ["1"] };
    await life.apply("t", triggered);
    expect(await life.apply("t", { ...triggered, tagTriggers: ["1"] })).to.equal("same");
    expect(await life.preview("t", { ...triggered, tagTriggers: ["2"] })).to.deep.equal(["tagTriggers[0]"]);
    expect(await life.apply("t", { ...triggered, tagTriggers: ["2"] })).to.equal("replace");
    await life.finish("t");
    expect(await world.imageId("tagged/app:1")).to.equal(await world.imageId(one));
  });

  it("a name that was given to another image by hand stays at the end", async () => {
    await life.apply("t", inputs);
    world.docker("tag", "slipway-test/busybox:3", "tagged/app:1");
    await world.destroy(life, "tag:Tag");
    expect(await world.imageId("tagged/app:1")).to.equal(await world.imageId("slipway-test/busybox:3"));
    world.docker("rmi", "tagged/app:1");
  });

  it("the last name of an image that a container uses stays, and the container is named", async () => {
    world.docker("tag", one, "source/last:1");
    await life.apply("t", { sourceImage: "source/last:1", targetImage: "tagged/last:1" });
    // busybox:1 has other names; an image with none but ours is made by a commit.
    world.docker("run", "-d", "--name", "holder", one, "sleep", "1000");
    world.docker("commit", "holder", "source/own:1");
    await life.apply("own", { sourceImage: "source/own:1", targetImage: "tagged/own:1" });
    world.docker("run", "-d", "--name", "user", "tagged/own:1", "sleep", "1000");
    world.docker("rmi", "source/own:1");
    await world.destroy(life, "tag:Tag");
    expect(await life.provider.said()).to.include(
      'warning: Image "tagged/own:1" stays on the daemon: container user uses it.',
    );
    expect(await world.imageId("tagged/own:1")).not.to.equal("none");
    expect(await world.imageId("tagged/last:1"), "the image has another name").to.equal("none");
    world.docker("rm", "-f", "holder", "user");
    world.docker("rmi", "tagged/own:1", "source/last:1");
  });

  it("C10: a source that is not there is refused in preview", async () => {
    const answer = await life.preview("t", { sourceImage: "no/such:1", targetImage: "x:1" }).catch(messageOf);
    expect(answer).to.contain('Tag "t": sourceImage "no/such:1" is not on the daemon. Have it pulled by a RemoteImage');
  });

  it("refuses what is no name, all at once", async () => {
    const digest = `x@sha256:${"0".repeat(64)}`;
    const answer = await life.provider.check("t", { sourceImage: "No Image", targetImage: digest });
    expect(answer.failures).to.deep.equal([
      'sourceImage "No Image" is not an image reference. Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.',
      `targetImage "${digest}" is a digest, and only a name can be given. Write it as [REGISTRY/]REPOSITORY[:TAG].`,
    ]);
    const empty = await life.provider.check("t", {});
    expect(empty.failures).to.have.length(2);
  });

  it("two that give one name are refused", async () => {
    await life.provider.check("a", inputs);
    const { failures } = await life.provider.check("b", { ...inputs, targetImage: "docker.io/tagged/app:1" });
    expect(failures.join()).to.contain('is taken by resource "a" of this program');
  });

  it("is imported by its id and by the name", async () => {
    world.docker("tag", one, "tagged/import:1");
    const byId = await life.provider.read("t", `${one}.tagged/import:1`);
    expect(byId.inputs).to.deep.equal({ __defaults: [], sourceImage: one, targetImage: "tagged/import:1" });
    const byName = await life.provider.read("t", "tagged/import:1");
    expect(byName.inputs).to.deep.include({ targetImage: "tagged/import:1", sourceImage: await world.imageId(one) });
    expect((await life.provider.read("t", "no/such:1")).id).to.equal("");
    world.docker("rmi", "tagged/import:1");
  });
});
