import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { buildSync } from "esbuild";
import { ComposeCli } from "../support/compose-cli";

const root = join(__dirname, "../..");

/** 500 services with what real ones have; about 14,000 lines. */
function manyServices(): string {
  const services = Array.from({ length: 500 }, (_, index) => {
    const dependency =
      index === 0 ? "" : `    depends_on:\n      svc${(index - 1) >> 1}: {condition: service_healthy}\n`;
    return `  svc${index}:
    image: registry.example.com/team/app${index}:$TAG
    command: ["run", "--port", "80"]
    environment:
      A: "1"
      DATABASE_URL: postgres://user:pw@db:5432/app
      LOG_LEVEL: $LOG_LEVEL
    ports:
      - "${10_000 + index}:80"
    volumes:
      - data${index % 20}:/var/lib/data
      - ./conf${index}:/etc/conf:ro
    networks: [front, back]
    labels:
      com.example.team: "t${index % 7}"
      com.example.index: "${index}"
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost"]
      interval: 30s
      timeout: 5s
      retries: 3
    restart: unless-stopped
    deploy:
      resources:
        limits: {cpus: "0.5", memory: 256M}
${dependency}`;
  });
  const volumes = Array.from({ length: 20 }, (_, index) => `  data${index}:\n`).join("");
  return `services:\n${services.join("")}networks:\n  front:\n  back:\nvolumes:\n${volumes}`;
}

describe("compose: a file of 500 services", function () {
  this.timeout(600_000);

  before(function () {
    if (process.env["SLIPWAY_TEST_ALL"] !== undefined) return;
    console.log("      left to test:all: it builds docker compose");
    this.skip();
  });

  it("is loaded no slower than by docker compose config, to the same model", async () => {
    const folder = mkdtempSync(join(tmpdir(), "speed-"));
    try {
      writeFileSync(join(folder, "compose.yaml"), manyServices());
      writeFileSync(join(folder, "entry.ts"), program);
      const outfile = join(folder, "entry.js");
      buildSync({
        entryPoints: [join(folder, "entry.ts")],
        outfile,
        bundle: true,
        platform: "node",
        format: "cjs",
        nodePaths: [join(root, "node_modules")],
        alias: { compose: join(root, "compose/project.ts") },
      });
      const env = {
        ...process.env,
        TAG: "1.0",
        LOG_LEVEL: "info",
        HOME: folder,
        NODE_COMPILE_CACHE: join(folder, "cache"),
      };
      const run = (command: string, words: readonly string[]): { text: string; seconds: number } => {
        const start = process.hrtime.bigint();
        const { stdout, stderr, status } = spawnSync(command, words, {
          cwd: folder,
          env,
          encoding: "utf8",
          maxBuffer: 2 ** 28,
        });
        if (status !== 0) throw new Error(stderr);
        return { text: stdout, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
      };
      const compose = await ComposeCli.make();
      const ours = (): { text: string; seconds: number } => run(process.execPath, [outfile]);
      const theirs = (): { text: string; seconds: number } => run(compose.path, ["config", "--format", "json"]);
      expect(JSON.parse(ours().text)).to.deep.equal(JSON.parse(theirs().text));
      // In turns, so that both have the same machine; whole processes, start and end included.
      const rounds = Array.from({ length: 7 }, () => ({ ours: ours().seconds, theirs: theirs().seconds }));
      const [mine, other] = [median(rounds.map((round) => round.ours)), median(rounds.map((round) => round.theirs))];
      console.log(`      ours ${mine.toFixed(2)} s, docker compose ${other.toFixed(2)} s (medians of 7, processes)`);
      expect(mine).to.be.at.most(other);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const program = `
import { canonicalJson, loadProject } from "compose";
process.stdout.write(canonicalJson(loadProject().project));
`;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
