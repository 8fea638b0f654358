import { isNoManager } from "../daemon/swarm";
import { SlipwayError } from "../values/fault";

/** Asks something that only a swarm manager answers; another daemon is told in the user's terms. */
export async function askManager<Answer>(subject: string, question: Promise<Answer>): Promise<Answer> {
  try {
    return await question;
  } catch (error) {
    if (!isNoManager(error)) throw error;
    const problem = "needs a daemon that manages a swarm, and this one does not";
    const advice = "Run `docker swarm init` on it, or point the provider to a manager.";
    throw new SlipwayError({ subject, problem, advice }, { cause: error });
  }
}
