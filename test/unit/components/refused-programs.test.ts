import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
  App,
  Container,
  DockerHost,
  Gateway,
  type HttpRoute,
  Image,
  isSlipwayError,
  Job,
  Network,
  Postgres,
  type Route,
  Volume,
} from "slipway";
import { runStack } from "slipway/testing";

/**
 * Arguments as they come from JavaScript, from a file, or from a program that nobody type-checked: `slipway up` does not.
 * The conversion is what the test is about.
 */
function untyped<Args>(args: object): Args {
  return JSON.parse(JSON.stringify(args));
}

const nginx = "nginx:1.29";

/** A program that can't be right, and everything that is to be said about it. */
const cases: Readonly<Record<string, readonly [program: () => unknown, ...faults: string[]]>> = {
  "a route to an app that is nowhere": [
    () => {
      const { routes } = new Gateway("door", { routes: { web: { port: 80 } } });
      new App("web", { image: nginx, route: Reflect.get(routes, "wbe") });
    },
    'Gateway "door": routes.wbe is no route of it. It has: web.',
  ],
  "a route that another stack does not export": [
    () => new App("web", { image: nginx, route: pulumi.output(untyped<{ route: Route }>({})).route }),
    'App "web": route is not there. Take `gateway.routes.NAME`, or have the other stack export it.',
  ],
  "a route that is something else": [
    () => new App("web", { image: nginx, route: untyped<Route>({ url: "http://x" }) }),
    'App "web": route is no route of a gateway. Take `gateway.routes.NAME`, or have the other stack export it.',
  ],
  "two gateways on one port": [
    () => {
      new Gateway("one", { routes: { a: { port: 80 } } });
      new Gateway("two", { routes: { a: { port: 80 } } });
    },
    'Container "two": ports "0.0.0.0:80/tcp" is taken by Container "one" of this program. Publish another host port.',
  ],
  "a gateway and an app on one port": [
    () => {
      new Gateway("door", { http: 8080, routes: { a: { port: 80 } } });
      new App("web", { image: nginx, ports: ["127.0.0.1:8080:80"] });
    },
    'Container "web-1": ports "127.0.0.1:8080/tcp" is taken by Container "door" of this program. Publish another host port.',
  ],
  "a gateway that has one port twice": [
    () => new Gateway("door", { http: 5432, routes: { a: { port: 80 }, b: { tcp: 5432, port: 5432 } } }),
    'Gateway "door": routes.b.tcp "5432" is taken by http already. Use another port.',
  ],
  "replicas with a fixed host port": [
    () => new App("web", { image: nginx, replicas: 3, ports: ["8080:80"] }),
    'App "web": ports[0] "8080:80" can\'t be published by 3 replicas at once. Put it behind a Gateway, leave the host port to the Engine, or use one replica.',
  ],
  "a circle: what is made later": [
    () => {
      const made: { later?: App } = {};
      new App("first", { image: nginx, dependsOn: [untypedUndefined(made.later)] });
      made.later = new App("later", { image: nginx });
    },
    'App "first": dependsOn[0] is not there. Make it before what waits for it; two that wait for each other can\'t start.',
  ],
  "a circle: a part that waits for the whole": [
    () => {
      const whole = new App("whole", { image: nginx });
      new Job("part", { image: nginx, dependsOn: [whole] }, { parent: whole });
    },
    'Job "part": dependsOn[0] is what it is a part of itself. Take it out: a part of something can\'t wait for the whole.',
  ],
  "a job that is to be healthy": [
    () => {
      const on = new Job("job", { image: nginx });
      new App("web", { image: nginx, dependsOn: [Object.assign({ on }, untyped<Healthy>({ condition: "healthy" }))] });
    },
    'App "web": dependsOn[0].condition "healthy" can\'t come true. Use "completed".',
  ],
  "health that nobody checks": [
    () => {
      const on = new App("plain", { image: nginx });
      new App("web", { image: nginx, dependsOn: [{ on, condition: "healthy" }] });
    },
    'App "web": dependsOn[0] waits for the health of a service that has no health check. Give it a health check, or use the condition "started".',
  ],
  "arguments with a slip of the pen": [
    () => new App("web", untyped({ image: nginx, replica: 2, resources: { memmory: "1g" }, rollout: { bach: 2 } })),
    'App "web": replica is no argument that is known. Did you mean `replicas`?',
    'App "web": rollout.bach is no argument that is known. Did you mean `batch`?',
    'App "web": resources.memmory is no argument that is known. Did you mean `memory`?',
  ],
  "arguments of something else": [
    () => new Volume("data", untyped({ sizeLimit: "1g" })),
    'Volume "data": sizeLimit is no argument that is known. It takes: adopt, driver, driverOptions, keepOnDestroy, labels, name, replaceDeletesData, transform.',
  ],
  "a route with a slip of the pen": [
    () => new Gateway("door", { routes: { a: untyped<HttpRoute>({ port: 80, pathh: "/x" }) } }),
    'Gateway "door": routes.a.pathh is no argument that is known. Did you mean `path`?',
  ],
  "an app said once, not for each of its replicas": [
    () =>
      new App("web", {
        image: "UPPER",
        replicas: 3,
        ports: ["99999"],
        env: { "A=": "b" },
        volumes: [{ tmpfs: true, target: "tmp" }],
        resources: { memory: "5m", cpus: -1 },
        logs: { maxFiles: 0 },
        stopTimeout: "1.5s",
        health: { http: "/a b" as "/", port: 70_000, retries: 0 },
      }),
    'App "web": image "UPPER" is not an image reference. Write REPOSITORY[:TAG][@DIGEST], in lower case.',
    'App "web": ports[0] "99999" names a port that is none. Use numbers from 1 to 65535.',
    'App "web": resources.memory "5m" is not a whole number of MiB, 6 or more. Write it as "512m" or "1g".',
    'App "web": resources.cpus "-1" is not a number of processors. Use a number above 0, such as 0.5.',
    'App "web": logs "10m, 0 files" is no rotation. Write it as { maxSize: "10m", maxFiles: 3 }.',
    'App "web": stopTimeout "1.5s" is not in whole seconds. Round it up.',
    'App "web": health.retries "0" is no number of failures. Use 1, 2 …',
    'App "web": env "A=" is not the name of a variable. Leave out `=`.',
    'App "web": volumes[0].target "tmp" is not an absolute path. Start it with `/`.',
    'App "web": health.port "70000" is not a port. Use a number from 1 to 65535.',
    'App "web": health.http "/a b" is no path. Start it with `/`, without blanks and quotes.',
  ],
  "a variable without a value": [
    () => new Container("web", { image: nginx, env: untypedEnv() }),
    'Container "web": env.TOKEN has no value. Leave the variable out, or give it a text.',
  ],
  "more replicas than a route has room for": [
    () => {
      const { routes } = new Gateway("door", { routes: { web: { port: 80 } } });
      new App("web", { image: nginx, replicas: 31, rollout: { batch: 4 }, route: routes.web });
    },
    'App "web": replicas "31" are more than a route has room for while 4 of them roll out. Use 28 at most, or a route and an App more.',
  ],
  "a roll-out that can't be": [
    () => {
      new App("both", { image: nginx, ports: ["8080:80"], rollout: { order: "start-first" } });
      new App("none", { image: nginx, replicas: 1.5, rollout: { batch: 0 } });
    },
    'App "both": rollout.order "start-first" does not go with a host port of its own. Use "stop-first", or put it behind a Gateway.',
    'App "none": replicas "1.5" is no number of containers. Use 0, 1, 2 …',
    'App "none": rollout.batch "0" is no number of replicas. Use 1, 2 …',
  ],
  "two containers of one name": [
    () => {
      new Container("one", { image: nginx, name: "web" });
      new Container("two", { image: nginx, name: "web" });
    },
    'Container "two": name "web" is taken by Container "one" of this program. Give one of the two another name.',
  ],
  "two networks, volumes, images of one name": [
    () => {
      new Network("n1", { name: "same" });
      new Network("n2", { name: "same" });
      new Volume("v1", { name: "same" });
      new Volume("v2", { name: "same" });
      new Image("i1", { name: "same" });
      new Image("i2", { name: "same" });
    },
    'Network "n2": name "same" is taken by Network "n1" of this program. Give one of the two another name.',
    'Volume "v2": name "same" is taken by Volume "v1" of this program. Give one of the two another name.',
    'Image "i2": name "same" is taken by Image "i1" of this program. Give one of the two another name.',
  ],
  "lists that are none": [
    () => {
      new App("web", untyped({ image: nginx, ports: "8080:80", dependsOn: { on: 1 } }));
      new Container("c", untyped({ image: nginx, command: "run me" }));
      new Job("job", untyped({ image: nginx, dependsOn: "web" }));
      new Postgres("db", untyped({ networks: "net" }));
      new Image("built", untyped({ platforms: "linux/amd64" }));
      new DockerHost("far", untyped({ registries: { address: "r" } }));
      new Gateway("door", Object.assign({ routes: { a: { port: 80 } } }, untyped<object>({ certificates: "pem" })));
    },
    'App "web": ports "8080:80" is no list. Write it in brackets: [ … ].',
    'App "web": dependsOn is no list. Write it in brackets: [ … ].',
    'Container "c": command "run me" is no list. Write it in brackets: [ … ].',
    'Job "job": dependsOn "web" is no list. Write it in brackets: [ … ].',
    'Postgres "db": networks "net" is no list. Write it in brackets: [ … ].',
    'Image "built": platforms "linux/amd64" is no list. Write it in brackets: [ … ].',
    'DockerHost "far": registries is no list. Write it in brackets: [ … ].',
    'Gateway "door": certificates "pem" is no list. Write it in brackets: [ … ].',
  ],
  "nothing to run": [
    () => {
      new App("web", untyped({ replicas: 2 }));
      new Container("c", untyped({}));
      new Job("job", { image: "" });
    },
    'App "web": image is missing. Give an Image of this program, or a reference.',
    'Container "c": image is missing. Give an Image of this program, or a reference.',
    'Job "job": image is missing. Give an Image of this program, or a reference.',
  ],
  "a subnet that is none": [
    () => new Network("net", { subnet: "10.0.0.0/33" }),
    'Network "net": subnet "10.0.0.0/33" is no subnet. Write it in CIDR form, such as 10.20.0.0/24.',
  ],
  "routes that exclude each other": [
    () =>
      new Gateway("door", {
        routes: {
          one: { port: 80, host: "a.example", path: "/x/" },
          two: { port: 80, host: "A.example", path: "/x" },
          shop: { port: 81, path: "/1" },
          Shop: { port: 82, path: "/2" },
          "a b": { port: 83, path: "/3" },
        },
      }),
    'Gateway "door": routes.two "a.example /x" is taken by route "one" already. Give one of the two another host or path.',
    'Gateway "door": routes.Shop is the same as route "shop". Names on a network know no case: give one of the two another name.',
    'Gateway "door": routes.a b "a b" is no name of a route. Use letters, digits and `-`, the first a letter.',
  ],
  "routes that lead nowhere": [
    () =>
      new Gateway("door", {
        routes: { a: { port: 80, host: "http://a.example" }, b: { port: 80, path: "/b'c", health: "/h h" } },
      }),
    'Gateway "door": routes.a.host "http://a.example" is no host name. Write it without scheme, port and path.',
    'Gateway "door": routes.b.path "/b\'c" is no path. Start it with `/`, without blanks.',
    'Gateway "door": routes.b.health "/h h" is no path. Start it with `/`, without blanks.',
  ],
  "a gateway without routes": [
    () => new Gateway("door", { routes: {} }),
    'Gateway "door": routes are none. Name one route at least.',
  ],
  "https without a certificate, and times that are none": [
    () => new Gateway("door", { https: 443, drainTimeout: "100ms", routes: { a: { port: 80 } } }),
    'Gateway "door": https "443" has no certificate. Give `certificates`.',
    'Gateway "door": drainTimeout "100ms" is no time of a second or more. Write it as "30s".',
  ],
  "a certificate that is none": [
    () =>
      new Gateway("door", {
        certificates: [{ certificate: "/etc/tls/door.pem", key: pulumi.secret("canary") }],
        routes: { a: { port: 80 } },
      }),
    "Gateway \"door\": certificates[0].certificate is no certificate in PEM form. Give the PEM text itself, as `readFileSync(path, 'utf8')` reads it.",
  ],
  "a database with other people's names": [
    () => new Postgres("db", { user: "a b", env: { POSTGRES_PASSWORD: "x" } }),
    'Postgres "db": user "a b" is no identifier. Use letters, digits and `_`, at most 63, the first no digit.',
    'Postgres "db": env.POSTGRES_PASSWORD is what the component says itself. Use `database`, `user` and `password`; the folder is fixed.',
  ],
  "a job without time": [
    () => new Job("job", { image: "A", timeout: "0s" }),
    'Job "job": image "A" is not an image reference. Write REPOSITORY[:TAG][@DIGEST], in lower case.',
    'Job "job": timeout "0s" leaves no time. Use a time above 0.',
  ],
  "a container that is to end and to go on": [
    () => new Container("once", { image: nginx, completes: { within: "1m" }, restart: "always" }),
    'Container "once": restart "always" would start it again after its end, and it is meant to complete. Leave it out, or use "no".',
  ],
  "places that are none": [
    () =>
      new Container("web", {
        image: nginx,
        mounts: [
          { bind: "./data", target: "/data" },
          { tmpfs: true, target: "/data" },
        ],
        files: [
          { path: "a", content: "" },
          { path: "/b", content: "" },
          { path: "/b", content: "" },
        ],
      }),
    'Container "web": mounts[0].bind "./data" is not an absolute path. The daemon knows no working directory: use join(__dirname, …).',
    'Container "web": mounts[1].target "/data" is mounted twice. Keep one of the two.',
    'Container "web": files[0].path "a" is not an absolute path. Start it with `/`.',
    'Container "web": files[2].path "/b" is written twice. Keep one of the two.',
  ],
  "a daemon that is nowhere": [
    () =>
      new DockerHost("far", { host: "far.example:2375", registries: [login("https://r.example"), login("r:5000")] }),
    'DockerHost "far": host "far.example:2375" is no address of a daemon. Write `unix:///path`, `tcp://host:port` or `ssh://user@host`.',
    'DockerHost "far": registries[0].address "https://r.example" is no address of a registry. Write HOST or HOST:PORT, without a scheme and without a path.',
  ],
};

type Healthy = { readonly condition: "completed" };

function untypedUndefined<Kind>(value: Kind | undefined): Kind {
  return value as Kind;
}

/** What `{ TOKEN: process.env.TOKEN }` is where nobody has set it. */
function untypedEnv(): Record<string, string> {
  return Object.fromEntries([["TOKEN", untypedUndefined<string>(undefined)]]);
}

function login(address: string) {
  return { address, username: "u", password: "p" };
}

describe("programs that can't be right", () => {
  async function refusal(program: () => unknown, preview: boolean): Promise<string[]> {
    const failure: unknown = await runStack(() => void program(), { project: "shop", stack: "dev", preview }).catch(
      (error: unknown) => error,
    );
    if (!isSlipwayError(failure)) throw new Error(`It was not refused: ${String(failure)}`);
    expect(failure.message).not.to.contain("canary");
    for (const fault of failure.faults)
      expect(fault.line, fault.problem).to.contain(`${__filename.split("/").at(-1)}:`);
    return failure.message.split("\n").map((line) => line.replace(/ \(\S+:\d+:\d+\)$/, ""));
  }

  for (const [what, [program, ...faults]] of Object.entries(cases)) {
    it(`${what}: everything is said in a preview`, async () => {
      expect(await refusal(program, true)).to.deep.equal(faults);
    });
  }

  it(`stop an up at their first component, each of the ${Object.keys(cases).length}`, async () => {
    for (const [what, [program, first = ""]] of Object.entries(cases)) {
      expect((await refusal(program, false))[0], what).to.equal(first);
    }
  });

  it("say it all at once, over all of them", async () => {
    const all = Object.values(cases);
    const found = await refusal(() => {
      new App("one", { image: "A", replicas: -1 });
      new Postgres("two", { database: "a b" });
      new Gateway("three", { routes: {} });
      new Job("four", untyped({ image: nginx, comand: ["x"] }));
    }, true);
    expect(found).to.have.length(5);
    expect(all).to.have.length.greaterThan(24);
  });

  it("do not make good programs suspicious", async () => {
    await runStack(
      () => {
        const far = new DockerHost("far", { host: "tcp://far.example:2375" });
        const program = (name: string, options: pulumi.ComponentResourceOptions) => {
          const gateway = new Gateway(name, { name: "door", routes: { web: { port: 80 } } }, options);
          new App(`${name}-web`, { name: "web", image: nginx, route: gateway.routes.web }, options);
        };
        // The same names and ports on two daemons.
        program("here", {});
        program("there", { provider: far });
        // One port number, two protocols or two addresses.
        new Container("dns", { image: nginx, ports: ["53:53/udp", "53:53/tcp"] });
        new Container("a", { image: nginx, ports: ["127.0.0.1:9000:80"] });
        new Container("b", { image: nginx, ports: ["127.0.0.2:9000:80", "[::1]:9000:80"] });
      },
      { preview: true },
    );
  });
});
