/** Whether a command has the engine write its log to the terminal. */
export function logsToStderr(words: readonly string[]): boolean {
  return words.some((word) => /^--?logtostderr(=(true|1|t))?$/i.test(word));
}

const dump = /^((?:Unm|M)arshaling property for RPC\[.*?\]: [^=]*=)[\s\S]*$/;

/**
 * A line of the engine's log (JSON, one record a line) without the value of a property that it shows. At level 9 the engine prints each
 * property that it puts on a wire or takes from one. It leaves out what is marked as secret, but goes into the parts of a
 * secret first, and these carry no mark (sdk/go/common/resource/plugin/rpc.go, UnmarshalProperties): every secret of the
 * program stands there in clear. The names of the properties stay.
 */
export function withoutValues(line: string): string {
  if (!line.includes("arshaling property for RPC[")) return line;
  const record = parsed(line);
  if (record === undefined) return line.replace(/(arshaling property for RPC\[).*/, "$1…");
  const message = Reflect.get(record, "msg");
  if (typeof message !== "string") return line;
  return JSON.stringify({ ...record, msg: message.replace(dump, "$1[not shown]") });
}

function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
