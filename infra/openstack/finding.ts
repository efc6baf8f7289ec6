/** A finding from what a cloud answered. */
import type { Finding } from "../platform";

/** Its message has the remedy on a line of its own, where there is one. */
export function finding(path: string, error: unknown, remedy: string): Finding {
  const text = error instanceof Error ? error.message : String(error);
  const [problem = "", ...more] = text.split("\n");
  return { path, problem, remedy: more.length > 0 ? more.join("; ") : remedy };
}
