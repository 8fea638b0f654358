import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Siblings } from "../../../provider/siblings";
import { processOf } from "../../../values/process";

describe("the other provider instances of a run", () => {
  let runs: string;
  const engine = processOf(process.pid);
  const instance = (id: number, daemon: string): Siblings => {
    const made = new Siblings(runs, { id, start: undefined }, engine);
    made.at(daemon);
    return made;
  };

  beforeEach(() => {
    runs = mkdtempSync(join(tmpdir(), "slipway-runs-"));
  });
  afterEach(() => rmSync(runs, { recursive: true, force: true }));

  it("bring a network on their daemon, and an image on any", () => {
    const [one, same, far] = [instance(1, "unix:///a"), instance(2, "unix:///a"), instance(3, "tcp://b:1")];
    const network = { kind: "network", name: "net" } as const;
    const image = { kind: "image", name: "docker.io/library/app:1" } as const;
    for (const claim of [network, image]) expect(same.bring(claim)).to.equal(false);
    one.note(network);
    one.note(image);
    expect([one, same, far].map((each) => each.bring(network))).to.deep.equal([false, true, false]);
    expect([one, same, far].map((each) => each.bring(image))).to.deep.equal([false, true, true]);
    expect(same.bring({ kind: "container", name: "net" })).to.equal(false);
    expect(same.bring({ kind: "network", name: "ne" })).to.equal(false);
  });

  it("leave nothing for ever: the next run takes away what an ended one left", () => {
    const ended = new Siblings(runs, { id: 1, start: undefined }, { id: 2 ** 22 + 1, start: "7" });
    ended.note({ kind: "network", name: "net" });
    writeFileSync(join(runs, "stray"), "");
    instance(1, "").note({ kind: "network", name: "net" });
    expect(readdirSync(runs)).to.deep.equal([`${engine.id}-${engine.start}`]);
  });

  it("are told nothing where the folder can't be made", () => {
    const lost = new Siblings(join(__filename, "nowhere"));
    lost.note({ kind: "network", name: "net" });
    expect(lost.bring({ kind: "network", name: "net" })).to.equal(false);
  });
});
