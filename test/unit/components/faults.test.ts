import { expect } from "chai";
import { Container, Image, isSlipwayError, Network, Volume } from "slipway";
import { type RunOptions, runStack } from "slipway/testing";

describe("arguments that can't be right", () => {
  async function messages(program: () => unknown, options: RunOptions = {}): Promise<string[]> {
    try {
      await runStack(program, options);
    } catch (error) {
      if (!isSlipwayError(error)) throw error;
      return error.message.split("\n").map((line) => line.replace(/:\d+:\d+\)$/, ")"));
    }
    return [];
  }
  const here = "(test/unit/components/faults.test.ts)";

  it("are refused all at once in a preview, over all components, each with its place in the program", async () => {
    const program = () => {
      const net = new Network("net", { name: "-" });
      new Volume("data", { name: "a b" });
      const image = new Image("app", { name: "UPPER", platform: "linux" });
      const web = new Container("web", {
        image,
        ports: ["99999:80", "80:80", "80:81"],
        memory: "5m",
        cpus: 0,
        stopTimeout: "1.5s",
        env: { "A=B": "c" },
        mounts: [{ bind: "/srv", target: "data" }],
        networks: [net],
      });
      return { url: web.url };
    };
    expect(await messages(program, { preview: true })).to.deep.equal([
      `Network "net": name "-" is no name that the Engine accepts. Use letters, digits, \`_\`, \`.\` and \`-\`, two or more, the first a letter or digit. ${here}`,
      `Volume "data": name "a b" is no name that the Engine accepts. Use letters, digits, \`_\`, \`.\` and \`-\`, two or more, the first a letter or digit. ${here}`,
      `Image "app": name "UPPER" is not an image reference. Write it as REPOSITORY[:TAG], in lower case, with a registry in front if need be. ${here}`,
      `Image "app": platform "linux" is not a platform. Write it as OS/ARCHITECTURE, such as linux/amd64. ${here}`,
      `Container "web": ports[0] "99999:80" names a port that is none. Use numbers from 1 to 65535. ${here}`,
      `Container "web": ports "0.0.0.0:80/tcp" is published twice. Keep one of the two. ${here}`,
      `Container "web": memory "5m" is not a whole number of MiB, 6 or more. Write it as "512m" or "1g". ${here}`,
      `Container "web": cpus "0" is not a number of processors. Use a number above 0, such as 0.5. ${here}`,
      `Container "web": stopTimeout "1.5s" is not in whole seconds. Round it up. ${here}`,
      `Container "web": env "A=B" is not the name of a variable. Leave out \`=\`. ${here}`,
      `Container "web": mounts[0].target "data" is not an absolute path. Start it with \`/\`. ${here}`,
    ]);
  });

  it("stop an up at the first component, before anything of it is registered", async () => {
    const program = () => {
      new Container("web", { image: "nginx", ports: ["0:80"] });
      new Container("db", { image: "Postgres" });
    };
    expect(await messages(program)).to.deep.equal([
      `Container "web": ports[0] "0:80" names a port that is none. Use numbers from 1 to 65535. ${here}`,
    ]);
  });

  it("leave nothing behind for the next run of the same process", async () => {
    const bad = () => void new Container("web", { image: "a b" });
    expect(await messages(bad, { preview: true })).to.have.length(1);
    expect(await messages(() => void new Container("web", { image: "nginx" }), { preview: true })).to.deep.equal([]);
  });
});
