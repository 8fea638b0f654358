import type { Fate } from "../../components/compose/fates/fate";
import { loadTimeFates, projectFates } from "../../components/compose/fates/top";

/** The table of what becomes of each attribute of a compose file, as docs/compose-project.md has it. */
export function fateTable(): string {
  const rows = [...rowsOf("", projectFates), ...rowsOf("", loadTimeFates)].map(
    ([path, text]) => [`\`${path}\``, text] as const,
  );
  const head = [["attribute", "what becomes of it"] as const, ...rows];
  const width = Math.max(...head.map(([path]) => path.length));
  const wide = Math.max(...head.map(([, text]) => text.length));
  const lines = head.map(([path, text]) => `| ${path.padEnd(width)} | ${text.padEnd(wide)} |`);
  lines.splice(1, 0, `| ${"-".repeat(width)} | ${"-".repeat(wide)} |`);
  return `${lines.join("\n")}\n`;
}

/** Every attribute with its path: `services.*.ports[].target`. */
export function rowsOf(path: string, table: Readonly<Record<string, Fate>>): [path: string, text: string][] {
  return Object.entries(table).flatMap(([name, fate]): [string, string][] => {
    const at = path === "" ? name : `${path}.${name}`;
    if (fate.is !== "parts") return [[at, textOf(fate)]];
    return rowsOf(at + { object: "", list: "[]", map: ".*" }[fate.each], fate.of);
  });
}

function textOf(fate: Exclude<Fate, { is: "parts" }>): string {
  switch (fate.is) {
    case "mapped":
      return fate.to;
    case "loaded":
      return `read when the files are loaded: ${fate.how}`;
    case "ignored":
      return `nothing, as with compose: ${fate.why}`;
    case "warned":
      return `a warning: ${fate.problem}`;
    case "refused":
      return `**refused**: ${fate.problem}. ${fate.advice}`;
  }
}
