import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/**
 * The messages of an answer that is a line of JSON each, as builds, pulls and pushes answer (Engine API, "ImageBuild",
 * "ImageCreate", "ImagePush").
 * @throws what broke the connection, also where the lines before it were whole
 */
export async function* messagesOf<Message>(answer: Readable): AsyncGenerator<Message> {
  const lines = createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY });
  // The line reader swallows an error of its input; without this a connection that breaks would look like an end.
  const broken: unknown[] = [];
  answer.on("error", (error) => {
    broken.push(error);
    lines.close();
  });
  for await (const line of lines) {
    if (line.trim() === "") continue;
    const message: Message = JSON.parse(line);
    yield message;
  }
  if (broken.length > 0) throw broken[0];
}
