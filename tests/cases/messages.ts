/** What a message must say, and what it must not. */
import * as z from "zod";

export const messageSchema = z.strictObject({
  says: z.array(z.string()).exactOptional(),
  saysNot: z.array(z.string()).exactOptional(),
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
  at: z.string().exactOptional(),
});
export type WantedMessage = z.output<typeof messageSchema>;

/** What is wrong with a message; empty if nothing is. */
export function messageProblems(message: string, wanted: WantedMessage): string[] {
  const small = message.toLowerCase();
  const has = (text: string): boolean => small.includes(text.toLowerCase());
  const { says = [], saysNot = [], file, line, at } = wanted;
  const lacks = [
    ...says.filter((text) => !has(text)),
    ...(file === undefined || has(file) ? [] : [`the file ${file}`]),
    ...(line === undefined || new RegExp(`\\bline ${line}\\b|[\\w.]:${line}\\b`).test(message) ? [] : [`line ${line}`]),
    ...(at === undefined || message.split("\n").some((one) => isAt(one, at)) ? [] : [`the path ${at}`]),
  ];
  return [
    ...lacks.map((text) => `wanted ${text} in the message, came: ${message}`),
    ...saysNot.filter(has).map((text) => `wanted no ${text} in the message, came: ${message}`),
  ];
}

/** Is this line about the path, or one below it? */
function isAt(line: string, path: string): boolean {
  return line.startsWith(path) && /^[:.[]/.test(line.slice(path.length));
}

/** What came of some work: its value, or the message of its error. */
export type Outcome<T> = { readonly value: T } | { readonly refused: string };

/** @param isRefusal any other error is a fault of ours, and no refusal */
export async function outcome<T>(
  work: () => T | Promise<T>,
  isRefusal: (error: unknown) => boolean,
): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof Error && isRefusal(error)) return { refused: error.message };
    throw error;
  }
}

/** Compares what came with a refusal that was wanted. */
export function refusalProblems(came: Outcome<unknown>, wanted: WantedMessage): string[] {
  if ("refused" in came) return messageProblems(came.refused, wanted);
  return [`wanted a refusal with ${JSON.stringify(wanted)}, came ${JSON.stringify(came.value)}`];
}

/** Compares two sets. */
export function setProblems(what: string, came: readonly string[], wanted: readonly string[]): string[] {
  const shown = (list: readonly string[]): string => [...new Set(list)].sort().join(", ") || "none";
  return shown(came) === shown(wanted) ? [] : [`wanted ${what}: ${shown(wanted)}; came: ${shown(came)}`];
}
