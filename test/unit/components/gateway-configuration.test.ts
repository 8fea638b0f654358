import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { expect } from "chai";
import { Gateway, type GatewayArgs, type RouteArgs } from "slipway";
import { runStack } from "slipway/testing";
import { paths } from "../../../components/gateway-configuration";
import { makeAuthority } from "../../support/certificates";
import { installPackages } from "../../support/packages";

// What a gateway writes for its proxy, read by the proxy itself.
describe("the configuration of a Gateway", () => {
  let folder: string;
  let certificate: string;
  let key: string;

  before(() => {
    installPackages({ "/usr/sbin/haproxy": "haproxy", "/usr/bin/openssl": "openssl" });
    folder = mkdtempSync(join(tmpdir(), "slipway-configuration-"));
    const authority = makeAuthority();
    const issued = authority.issue("door", "DNS:a.example");
    mkdirSync(join(folder, "certificates"));
    for (const name of ["cert.pem", "key.pem"]) copyFileSync(join(issued, name), join(folder, name));
    authority.remove();
    certificate = readFileSync(join(folder, "cert.pem"), "utf8");
    key = readFileSync(join(folder, "key.pem"), "utf8");
    writeFileSync(join(folder, "certificates/0.pem"), certificate + key);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The text, after haproxy has said that it is in order, and the published ports as `HOST:CONTAINER`. */
  async function written<const Routes extends Readonly<Record<string, RouteArgs>>>(args: GatewayArgs<Routes>) {
    const run = await runStack(() => void new Gateway("door", args), { project: "shop", stack: "dev" });
    const { inputs } = run.resource("docker:index/container:Container", "door");
    const uploads = JSON.parse(JSON.stringify(inputs["uploads"])) as { file: string; content: string }[];
    const text = uploads.find(({ file }) => file === paths.configuration)?.content ?? "";
    const file = join(folder, "haproxy.cfg");
    // Everything that it names lies in one folder, and here in another.
    for (const path of Object.values(paths).filter((one) => one !== paths.certificates)) {
      writeFileSync(join(folder, basename(path)), "");
    }
    writeFileSync(file, text.replaceAll(`${dirname(paths.configuration)}/`, `${folder}/`));
    const words = ["-c", "-f", file];
    const said = execFileSync("/usr/sbin/haproxy", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    expect(said).to.contain("Configuration file is valid");
    const ports = JSON.parse(JSON.stringify(inputs["ports"])) as { internal: number; external: number }[];
    return { text, ports: ports.map(({ external, internal }) => `${external}:${internal}`) };
  }

  it("is in order with HTTP and HTTPS side by side, and without a route that takes everything", async () => {
    const { text, ports } = await written({
      redirect: false,
      certificates: [{ certificate, key }],
      routes: { a: { port: 80, host: "a.example" }, b: { port: 80, host: "a.example", path: "/b", health: "/up" } },
    });
    expect(ports).to.deep.equal(["80:80", "443:443"]);
    expect(text.match(/^backend no_route$/gm)).to.have.length(1);
    expect(text.indexOf("use_backend b"), "the longer path first").to.be.lessThan(text.indexOf("use_backend a"));
  });

  it("is in order with TCP routes on the ports that the proxy has for itself", async () => {
    const { ports } = await written({
      http: 8080,
      routes: {
        web: { port: 3000 },
        plain: { tcp: 80, port: 80 },
        secure: { tcp: 443, port: 443 },
        more: { tcp: 81, port: 81 },
        api: { tcp: 9999, port: 1 },
      },
    });
    expect(ports).to.deep.equal(["8080:80", "80:82", "443:444", "81:81", "9999:10000"]);
  });

  it("is in order with every character that a path may have, and with names like the proxy's own words", async () => {
    await written({
      routes: {
        defaults: { port: 1, path: "/a-b/~c%20d!e$f&(g)*h+i,j;k=l:m@n/", health: "/a!b$c&(d)*e+f,g;h=i?deep=1" },
        http: { port: 3, host: "h.example" },
        nowhere: { port: 4 },
      },
    });
  });

  it("is in order with TCP alone: no host port of HTTP is taken", async () => {
    expect((await written({ routes: { database: { tcp: 5432, port: 5432 } } })).ports).to.deep.equal(["5432:5432"]);
  });
});
