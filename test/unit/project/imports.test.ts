import { join } from "node:path";
import { expect } from "chai";

const root = join(__dirname, "../../..");

/** Who may import whom, as in ARCHITECTURE.md. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  values: [],
  compose: ["values"],
  resources: ["values"],
  daemon: ["values"],
  provider: ["values", "daemon", "resources"],
  components: ["values", "compose", "resources"],
  testing: ["values", "components"],
  adoption: ["values", "compose", "daemon", "resources", "provider", "components"],
  toolchain: ["values", "daemon"],
  bin: ["values", "compose", "daemon", "resources", "adoption", "toolchain", "components"],
  stacks: ["components"],
};

describe("imports between the rooms", function () {
  this.timeout(60_000);

  it("go only in the directions of ARCHITECTURE.md", async () => {
    const { cruise } = await import("dependency-cruiser");
    const { output } = await cruise(Object.keys(allowed), {
      baseDir: root,
      doNotFollow: { path: "node_modules" },
      exclude: { path: "dist|stacks/.*/app/|toolchain/starter/" },
      tsPreCompilationDeps: true,
      enhancedResolveOptions: {
        conditionNames: ["slipway-source", "require", "node", "default"],
        exportsFields: ["exports"],
      },
    });
    if (typeof output === "string") throw new Error("dependency-cruiser answered text");
    const room = (path: string): string => path.split("/")[0] ?? "";
    const wrong: string[] = [];
    const seen = new Set<string>();
    for (const module of output.modules) {
      const from = room(module.source);
      const rules = allowed[from];
      if (rules === undefined) continue;
      seen.add(from);
      for (const { resolved } of module.dependencies) {
        const to = room(resolved);
        if (to !== from && to in allowed && !rules.includes(to)) wrong.push(`${module.source} → ${resolved}`);
      }
    }
    expect(wrong).to.deep.equal([]);
    expect([...seen].sort()).to.deep.equal(Object.keys(allowed).sort());
    const edges = output.modules.find((module) => module.source === "provider/image/build.ts")?.dependencies ?? [];
    expect(edges.map((edge) => edge.resolved)).to.include("daemon/context.ts");
  });
});
