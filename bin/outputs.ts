import { setTimeout as sleep } from "node:timers/promises";
import type { Pulumi } from "../toolchain/pulumi";
import { messageOf, SlipwayError } from "../values/fault";

/** How long a URL may take until it answers after `up`, in ms. */
const patience = 30_000;

/** Asks every http(s) URL among a stack's outputs until it answers: only then is `up` done. */
export async function askOutputs(pulumi: Pulumi, stack: string): Promise<void> {
  const outputs: unknown = JSON.parse(await pulumi.answer(["stack", "output", "--json", "--stack", stack]));
  const entries = typeof outputs === "object" && outputs !== null ? Object.entries(outputs) : [];
  for (const [name, value] of entries) {
    if (typeof value === "string" && /^https?:\/\//.test(value)) await askUrl(name, value);
  }
}

async function askUrl(name: string, url: string): Promise<void> {
  const started = Date.now();
  let reason = "";
  while (Date.now() - started < patience) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: "manual" });
      await response.body?.cancel();
      if (response.status < 500) {
        console.log(`\n${url} answers ${response.status}`);
        return;
      }
      reason = `it answers ${response.status}`;
    } catch (error) {
      reason = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
    }
    await sleep(250);
  }
  throw new SlipwayError({
    subject: `Output ${name}`,
    value: url,
    problem: `does not serve within ${patience / 1000} s: ${reason}`,
    advice: "`docker logs` of the container listed above says why.",
  });
}
