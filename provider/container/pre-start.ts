import type { ContainerCreateRequest, ContainerInspectResponse } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import {
  connectContainer,
  containerLogs,
  createContainer,
  inspectContainer,
  listContainers,
  removeContainer,
  startContainer,
} from "../../daemon/container";
import { inspectNetwork } from "../../daemon/network";
import { composeLabel } from "../../resources/compose";
import { ownership } from "../../resources/ownership";
import { isSlipwayError, messageOf, SlipwayError } from "../../values/fault";
import { ensureImage } from "../image-source";
import type { Context } from "../resource";
import { flagOf, isEmpty, listOf, objectOf, type Properties, textOf, textsOf } from "../value";
import { compact } from "./sparse";
import { nameOf } from "./standing";

/**
 * The commands before a start (`preStart`), one by one, each in a container of its own that is removed after it: with the
 * volumes and on the networks of the container that is to start, and with its variables (docker/compose, pre_start.go). What a
 * killed run left of them is removed first.
 * @throws {@link SlipwayError} at the first that fails: the container must not be started
 */
export async function beforeStart(context: Context, engine: Engine, id: string, inputs: Properties): Promise<void> {
  const hooks = listOf(inputs["preStart"]).map(objectOf);
  if (hooks.length === 0) return;
  const waiting = await inspectContainer(engine, id, context.signal);
  if (waiting === undefined) return;
  const name = textOf(inputs["name"]) ?? nameOf(waiting);
  const left = await listContainers(engine, { label: [`${ownership.preStart}=${name}`] }, context.signal);
  await Promise.all(left.map(({ Id = "" }) => removeContainer(engine, Id, { force: true, volumes: true })));
  for (const [index, hook] of hooks.entries()) {
    const place = { subject: `Container "${name}"`, path: `preStart[${index}]` };
    context.log(`preStart[${index}] runs`, "status");
    const { exitCode, said } = await runOnce(context, engine, { hook, waiting, name, inputs }).catch(
      (error: unknown) => {
        if (context.signal.aborted || isSlipwayError(error)) throw error;
        throw new SlipwayError({ ...place, problem: `could not be run: ${messageOf(error)}` }, { cause: error });
      },
    );
    if (exitCode === 0) continue;
    const problem = `failed with exit code ${exitCode}${said === "" ? " and printed nothing" : `: ${said}`}`;
    throw new SlipwayError({ ...place, problem, advice: "Mend the command, or what it asks." });
  }
}

interface Step {
  readonly hook: Properties;
  readonly waiting: ContainerInspectResponse;
  readonly name: string;
  readonly inputs: Properties;
}

/** How a command ended, with the last lines of what it wrote. */
interface Outcome {
  readonly exitCode: number;
  readonly said: string;
}

async function runOnce(context: Context, engine: Engine, step: Step): Promise<Outcome> {
  const { hook, waiting, name, inputs } = step;
  const { signal } = context;
  const reference = textOf(hook["image"]);
  const image = reference === undefined ? waiting.Image : (await ensureImage(context, reference)).Id;
  const mode = waiting.HostConfig?.NetworkMode ?? "default";
  const labels = waiting.Config?.Labels ?? {};
  // So that `docker compose down` finds what a killed run left, as it finds its own.
  const whose = [composeLabel.project, composeLabel.service, composeLabel.version].flatMap((one) => {
    const value = labels[one];
    return value === undefined ? [] : [[one, value] as const];
  });
  const body = compact<ContainerCreateRequest>({
    Image: image,
    Cmd: isEmpty(hook["command"]) ? undefined : textsOf(hook["command"]),
    User: textOf(hook["user"]),
    WorkingDir: textOf(hook["workingDir"]),
    Env: [...textsOf(inputs["envs"]), ...textsOf(hook["envs"])],
    Labels: { ...Object.fromEntries(whose), [ownership.preStart]: name },
    HostConfig: {
      NetworkMode: mode,
      Privileged: flagOf(hook["privileged"]) ?? false,
      VolumesFrom: [waiting.Id ?? ""],
    },
  });
  const networks = Object.keys(waiting.NetworkSettings?.Networks ?? {});
  // The network that it is made on may be named by its id.
  const first = networks.includes(mode) ? mode : (await inspectNetwork(engine, mode, signal))?.Name;
  const further = mode === "default" ? [] : networks.filter((network) => network !== first);
  const { Id: made = "" } = await createContainer(engine, "", body, undefined, signal);
  try {
    for (const network of further) await connectContainer(engine, network, made, {}, signal);
    await startContainer(engine, made, signal);
    const { StatusCode: exitCode }: { StatusCode: number } = await engine.json("POST", `/containers/${made}/wait`, {
      signal,
    });
    const log = exitCode === 0 ? "" : await containerLogs(engine, made, 5, signal);
    return { exitCode, said: log.trim().split("\n").join("\n  ") };
  } finally {
    await removeContainer(engine, made, { force: true, volumes: true });
  }
}
