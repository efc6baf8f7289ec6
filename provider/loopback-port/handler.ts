import { createServer } from "node:net";
import { z } from "zod";
import { NO_CHANGES, type ResourceHandler, neverUpdated } from "../handler";
import { failures } from "../inputs";
import { parse } from "../../contract/schemas/parse";

const port = z.int().min(1).max(65535);
const argsSchema = z.object({
  range: z
    .object({ from: port, to: port })
    .refine(({ from, to }) => from <= to, "from must not be above to")
    .optional(),
});

/** Listens on 127.0.0.1 for a moment: the port (the kernel's choice for 0), or undefined if it is taken. */
export type TryPort = (port: number) => Promise<number | undefined>;

export function loopbackPortHandler(tryPort: TryPort = listenOnce): ResourceHandler {
  return {
    check: (news) => failures(argsSchema, news),
    // Whoever uses the port has it now.
    diff: () => NO_CHANGES,
    create: async (inputs) => {
      const { range } = parse(argsSchema, inputs.value, "the inputs of a LoopbackPort");
      const found = await (range ? firstFree(range, tryPort) : tryPort(0));
      if (found === undefined) {
        const where = range ? `of the ports ${String(range.from)} to ${String(range.to)}` : "port at all";
        throw new Error(`none ${where} is free on 127.0.0.1; stop what uses them or widen \`range\``);
      }
      return { id: String(found), outs: { range, port: found } };
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: neverUpdated,
    delete: () => Promise.resolve(),
  };
}

/** Two creates of one provider must not get the same port, which stays free until its user listens. */
const given = new Set<number>();

async function firstFree(range: { from: number; to: number }, tryPort: TryPort): Promise<number | undefined> {
  for (let candidate = range.from; candidate <= range.to; candidate++) {
    if (given.has(candidate)) continue;
    given.add(candidate);
    if ((await tryPort(candidate)) !== undefined) return candidate;
    given.delete(candidate);
  }
  return undefined;
}

function listenOnce(wanted: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen({ host: "127.0.0.1", port: wanted }, () => {
      const address = server.address();
      const chosen = address !== null && typeof address === "object" ? address.port : undefined;
      server.close(() => resolve(chosen));
    });
  });
}
