/** A finding from what a cloud answered. */
import { messageOf } from "../../contract/message-of";
import type { Finding } from "../platform";

/** Its message has the remedy on a line of its own, where there is one. */
export function finding(path: string, error: unknown, remedy: string): Finding {
  const text = messageOf(error);
  const [problem = "", ...more] = text.split("\n");
  return { path, problem, remedy: more.length > 0 ? more.join("; ") : remedy };
}
