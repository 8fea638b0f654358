import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { ComposeError } from "../../../compose/fault";
import { loadProject } from "../../../compose/project";

/** Braces of variables are written as angles here: in TypeScript they look like a template. */
function braced(message: string): string {
  return message.replaceAll("$".concat("{"), "$<").replaceAll("HOME}", "HOME>");
}

describe("compose: what a refusal says", () => {
  const folder = mkdtempSync(join(tmpdir(), "faults-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The messages, with paths as seen from the folder. */
  const refused = (
    files: Readonly<Record<string, string>>,
    named: readonly string[] = ["compose.yaml"],
  ): readonly string[] => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(
        join(folder, name),
        text.replaceAll("$<", "$".concat("{")).replaceAll("HOME>", "HOME}").replaceAll("tag>", "tag}"),
      );
    }
    try {
      loadProject({ files: named, directory: folder, environment: { HOME: "/home/user" } });
    } catch (error) {
      if (!(error instanceof ComposeError)) throw error;
      return [error.stage, ...braced(error.message).replaceAll(`${folder}/`, "").split("\n")];
    }
    return ["accepted"];
  };

  it("every fault of the schema at once, each with its place, value and advice", () => {
    const text = `services:
  web:
    image: nginx
    ports: "8080:80"
    restrat: always
    healthcheck:
      interval: 30
  db:
    image: [postgres]
    volumes:
      - type: bnid
        target: /data
`;
    expect(refused({ "compose.yaml": text })).to.deep.equal([
      "schema",
      'compose.yaml: services.web.ports "8080:80" must be a list. Give a list. (compose.yaml:4:5)',
      "compose.yaml: services.web.restrat is no attribute of the compose specification. Check the spelling and the indentation. (compose.yaml:5:5)",
      'compose.yaml: services.web.healthcheck.interval "30" must be text. Give text. (compose.yaml:7:7)',
      "compose.yaml: services.db.image must be text. Give text. (compose.yaml:9:5)",
      'compose.yaml: services.db.volumes[0].type "bnid" is none of bind, volume, tmpfs, cluster, npipe, image. Use bind, volume, tmpfs, cluster, npipe, image. (compose.yaml:11:9)',
    ]);
  });

  it("every variable at once that can't be replaced, and no value of one", () => {
    const text = "services:\n  a:\n    image: $<TAG:?give a tag>\n    hostname: $<open\n    tty: $<HOME>\n";
    expect(refused({ "compose.yaml": text })).to.deep.equal([
      "interpolation",
      'compose.yaml: services.a.image "TAG" is a required variable without a value: give a tag. Set TAG in the environment or in .env. (compose.yaml:3:5)',
      'compose.yaml: services.a.hostname "$<open" is no valid interpolation. Write a variable as $NAME or in braces, and a dollar sign that is none as $$. (compose.yaml:4:5)',
      'compose.yaml: services.a.tty "$<HOME>" is no boolean once its variables are replaced. Use true or false. (compose.yaml:5:5)',
    ]);
  });

  it("every inconsistency at once, in the file that said it", () => {
    const files = {
      "compose.yaml":
        "services:\n  a:\n    image: i\n    volumes:\n      - data:/d\n    depends_on: [zz]\n  b:\n    hostname: h\n",
      "over.yaml": "services:\n  a:\n    volumes:\n      - other:/e\n    secrets:\n      - key\n",
    };
    expect(refused(files, ["compose.yaml", "over.yaml"])).to.deep.equal([
      "consistency",
      'compose.yaml: services.a.volumes[0] "data" is no volume of the project. Declare it under volumes at the top level. (compose.yaml:5:9)',
      'compose.yaml: services.a.depends_on.zz "zz" is no service of the project. Name a service. (compose.yaml:6:18)',
      "compose.yaml: services.b has neither an image nor a build. Set image, or build. (compose.yaml:7:3)",
      'compose.yaml: services.a.volumes[1] "other" is no volume of the project. Declare it under volumes at the top level. (over.yaml:4:9)',
      'compose.yaml: services.a.secrets[0] "key" is no secret of the project. Declare it under secrets at the top level. (over.yaml:6:9)',
    ]);
  });

  it("the file that a service extends", () => {
    const files = {
      "compose.yaml": "services:\n  a:\n    extends: {file: base/base.yaml, service: b}\n",
      "base/base.yaml": 'services:\n  b:\n    image: i\n    ports:\n      - "80:99999"\n',
    };
    expect(refused(files)).to.deep.equal([
      "load",
      'base/base.yaml: services.b.ports[0] "80:99999" has no valid port of the container. Write it as "8080:80", "127.0.0.1:8080:80" or "6060:6060/udp". (base/base.yaml:5:9)',
    ]);
  });

  it("never the value of an environment", () => {
    const text = 'services:\n  a:\n    image: i\n    environment:\n      PASSWORD: [s3cret]\n      "TOKEN ": t0ken\n';
    const message = refused({ "compose.yaml": text }).join("\n");
    expect(message).to.include("services.a.environment.PASSWORD must be text, a number, a boolean or empty");
    expect(message).not.to.match(/s3cret|t0ken/);
  });

  it("where an attribute of a loaded project was written", () => {
    const files = {
      "compose.yaml": "x-l: &l {a: 1}\nservices:\n  a:\n    image: i\n    labels: *l\n",
      "over.yaml": "services:\n  a:\n    image: j\n",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { positionOf } = loadProject({ files: Object.keys(files), directory: folder, environment: {} });
    expect(positionOf("services.a.image")).to.equal(`${folder}/over.yaml:3:5`);
    expect(positionOf("services.a.labels.a")).to.equal(`${folder}/compose.yaml:1:10`);
    expect(positionOf("services.a.nothing")).to.equal(`${folder}/over.yaml:2:3`);
  });
});
