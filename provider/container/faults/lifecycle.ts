import { flagOf, isEmpty, numberOf, objectOf, textOf, textsOf } from "../../value";
import { nanoseconds } from "../health-check";
import { signalNumber } from "../process";
import { envFaults } from "./process";
import { blocksOf, checkNumber, type FaultFinder } from "./refuse";

/** Name, restart policy, waiting, stopping, hooks. */
export const lifecycleFaults: FaultFinder = (inputs, refuse) => {
  const name = textOf(inputs["name"]);
  if (name !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    refuse("name", name, "is no container name", "Use letters, digits, `_`, `.` and `-`, two at least.");
  }
  const restart = textOf(inputs["restart"]);
  const policies = ["no", "always", "on-failure", "unless-stopped"];
  if (restart !== undefined && !policies.includes(restart)) {
    refuse("restart", restart, "is no restart policy", "Use no, always, on-failure or unless-stopped.");
  }
  checkNumber(refuse, "maxRetryCount", inputs["maxRetryCount"], { least: 0, what: "a number of retries" });
  if ((numberOf(inputs["maxRetryCount"]) ?? 0) > 0 && restart !== undefined && restart !== "on-failure") {
    const advice = "Set `restart` to on-failure, or leave it out.";
    refuse("maxRetryCount", inputs["maxRetryCount"], `does not go with restart ${JSON.stringify(restart)}`, advice);
  }
  if (flagOf(inputs["rm"]) === true && restart !== undefined && restart !== "no") {
    refuse("rm", true, `does not go with restart ${JSON.stringify(restart)}`, "Keep one of the two.");
  }
  checkNumber(refuse, "stopTimeout", inputs["stopTimeout"], { least: -1, what: "a number of seconds" });
  checkNumber(refuse, "destroyGraceSeconds", inputs["destroyGraceSeconds"], { least: 0, what: "a number of seconds" });
  checkNumber(refuse, "waitTimeout", inputs["waitTimeout"], { least: 1, what: "a number of seconds" });
  for (const hooks of ["postStart", "beforeStop"] as const) {
    for (const { path, block } of blocksOf(inputs, hooks)) {
      const words = textsOf(block["command"]);
      const wait = hooks === "beforeStop" ? block["wait"] : undefined;
      const what = hooks === "beforeStop" ? "Give it a `command` or a `wait`." : "Give it a `command`.";
      if (isEmpty(block["command"]) && isEmpty(wait)) refuse(path, undefined, "says nothing to do", what);
      if (words[0] === "") refuse(`${path}.command[0]`, words[0], "is empty", "Start with the name of a program.");
      const text = textOf(wait);
      if (text !== undefined && nanoseconds(text) === undefined) {
        refuse(`${path}.wait`, text, "is no duration", "Write it as `5s` or `1m30s`.");
      }
      envFaults(block, "envs", refuse, `${path}.envs`);
    }
  }
  for (const { path, block } of blocksOf(inputs, "preStart")) {
    const words = textsOf(block["command"]);
    if (isEmpty(block["command"]) && isEmpty(block["image"])) {
      refuse(path, undefined, "says nothing to do", "Give it a `command`, an `image`, or both.");
    }
    if (words[0] === "") refuse(`${path}.command[0]`, words[0], "is empty", "Start with the name of a program.");
    envFaults(block, "envs", refuse, `${path}.envs`);
  }
  const reload = objectOf(inputs["reload"]);
  const signal = textOf(reload["signal"]);
  if (signal !== undefined && signalNumber(signal) === undefined) {
    refuse("reload.signal", signal, "is no signal", "Write it as `HUP` or `SIGUSR1`.");
  }
  const order = textOf(inputs["replaceOrder"]);
  if (order !== undefined && order !== "start-first" && order !== "stop-first") {
    refuse("replaceOrder", order, "is no order", "Use start-first or stop-first.");
  }
};
