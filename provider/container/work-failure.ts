import { EngineError } from "../../daemon/client";
import { type Fault, messageOf, SlipwayError } from "../../values/fault";
import { listOf, mapOf, objectOf, type Properties, textOf } from "../value";
import { clean } from "./mounts";

/** What a refusal of the daemon is about, found by the words that Engines from 20.10 on use for it. */
interface Reading {
  readonly words: RegExp;
  fault(found: RegExpExecArray, inputs: Properties): Omit<Fault, "subject"> | undefined;
}

const command: Reading["fault"] = ([, program = ""], inputs) => {
  const first = textOf(listOf(inputs["entrypoints"])[0]);
  const at = first === program ? "entrypoints[0]" : "command[0]";
  return {
    path: textOf(listOf(inputs["command"])[0]) === program || first === program ? at : "command",
    value: program,
    problem: "",
  };
};

const readings: readonly Reading[] = [
  {
    words: /exec: "([^"]*)": (?:executable file not found in \$PATH|stat .*: no such file or directory)/,
    fault: (found, inputs) => ({
      ...command(found, inputs),
      problem: "is no program of the image",
      advice: "Mend the path, or use an image that has it.",
    }),
  },
  {
    words: /exec:? "([^"]*)": (?:.*: )?(permission denied|is a directory|exec format error)/,
    fault: (found, inputs) => ({
      ...command(found, inputs),
      problem: `can't be executed: ${found[2]}`,
      advice: "Make it an executable file for the platform of the daemon.",
    }),
  },
  {
    words: /unable to find (user|group) ([^\s:]+)/,
    fault: ([, kind = "", value]) => ({
      path: kind === "user" ? "user" : "user or groupAdds",
      value,
      problem: `is no ${kind} of the image`,
      advice: `Name one of its /etc/${kind === "user" ? "passwd" : "group"}, or give a number such as 1000.`,
    }),
  },
  {
    // runc before 1.3, and since.
    words: /(?:open |proc\/\.)\/(?:proc\/)?sys\/(\S+): no such file/,
    fault: ([, file = ""], inputs) => {
      const name = Object.keys(mapOf(inputs["sysctls"])).find((key) => key.replaceAll(".", "/") === file) ?? file;
      return {
        path: "sysctls",
        value: name,
        problem: "is not known to the kernel",
        advice: "Mend the name, or leave it out.",
      };
    },
  },
  {
    words: /gathering device information while adding custom device "([^"]+)": (.*)/,
    fault: ([, value, why = ""], inputs) => ({
      path: `devices[${listOf(inputs["devices"]).findIndex((one) => textOf(objectOf(one)["hostPath"]) === value)}].hostPath`,
      value,
      problem: /no such file/.test(why) ? "is not there" : `is no device: ${why}`,
      advice: "Name a device of the daemon's machine, or leave it out.",
    }),
  },
  {
    words: /error mounting "([^"]+)" to rootfs at "([^"]+)".*not a directory/,
    fault: ([, value, target = ""], inputs) => ({
      path: mountOf(inputs, target),
      value,
      problem: `can't be mounted at "${target}": one of the two is a file, the other a folder`,
      advice: "Mount a file on a file and a folder on a folder.",
    }),
  },
  {
    words: /invalid tmpfs option (?:\["?|")([^"\s\]]+)/,
    fault: ([, value]) => ({
      path: "tmpfs",
      value,
      problem: "is no option of a tmpfs",
      advice: "Leave it out, or use one such as size=64m, mode=1777 or noexec.",
    }),
  },
  {
    words: /(?:looking up logging plugin|logging driver) "?([\w.:/-]+?)"?: /,
    fault: ([, value]) => ({
      path: "logDriver",
      value,
      problem: "is no log driver of the daemon",
      advice: "Use one that `docker info` lists, or install its plugin.",
    }),
  },
  {
    words: /looking up volume plugin ([^\s:]+):/,
    fault: ([, value]) => ({
      path: "volumes",
      value,
      problem: "is no volume driver of the daemon",
      advice: "Use one that `docker info` lists, or install its plugin.",
    }),
  },
  {
    words: /Cannot mkdir: (\S+) is not a directory/,
    fault: ([, value]) => ({
      path: "workingDir",
      value,
      problem: "is a file in the image, not a folder",
      advice: "Name a folder, or one that is not there yet.",
    }),
  },
  {
    words: /storage-opt is supported only (.*)/,
    fault: ([, where]) => ({
      path: "storageOpts",
      problem: `can't be kept by the daemon: its storage takes it only ${where}`,
      advice: "Leave it out.",
    }),
  },
  {
    words: /Address already in use/,
    fault: (_, inputs) => ({
      path: addressesOf(inputs),
      problem: "is in use by another container on that network",
      advice: "Choose another address, or leave it to the Engine.",
    }),
  },
];

/** A refusal of the daemon while a container is made or started, in terms of the inputs, without the names of its own parts. */
export function workFailure(error: unknown, inputs: Properties, doing: "made" | "start"): SlipwayError {
  const subject = `Container "${textOf(inputs["name"]) ?? ""}"`;
  const said = plain(messageOf(error));
  for (const { words, fault } of error instanceof EngineError ? readings : []) {
    const found = words.exec(said);
    const read = found === null ? undefined : fault(found, inputs);
    if (read !== undefined) return new SlipwayError({ subject, ...read }, { cause: error });
  }
  const problem = `${doing === "made" ? "can't be made" : "can't start"}: ${said}`;
  return new SlipwayError(
    { subject, problem, advice: "Mend what it names and run the command again." },
    { cause: error },
  );
}

/** The reason without the runtime's own chain of callers (runc, containerd). */
function plain(message: string): string {
  return message
    .replace(/^.*unable to start container process: (?:error during container init: )?/, "")
    .replace(
      /^(?:failed to create (?:shim )?task(?: for container)?: |OCI runtime (?:create|start) failed: |runc create failed: )+/,
      "",
    )
    .replace(/: unknown(?=[:.]|$)/, "");
}

function mountOf(inputs: Properties, target: string): string {
  for (const [list, field] of [
    ["volumes", "containerPath"],
    ["mounts", "target"],
  ] as const) {
    const index = listOf(inputs[list]).findIndex((one) => clean(textOf(objectOf(one)[field]) ?? "") === clean(target));
    if (index >= 0) return `${list}[${index}].${field === "target" ? "source" : "hostPath"}`;
  }
  return "mounts";
}

function addressesOf(inputs: Properties): string {
  const index = listOf(inputs["networksAdvanced"]).findIndex(
    (one) => textOf(objectOf(one)["ipv4Address"]) !== undefined,
  );
  return index < 0 ? "networksAdvanced" : `networksAdvanced[${index}].ipv4Address`;
}
