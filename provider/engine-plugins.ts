/** The other plugins of our engine. Killed, it tells nobody: some go on for good, and may still make something. */
import { basename } from "node:path";
import { processTable, type ProcessTable } from "./process-tree";

/**
 * Ends the plugins of a dead engine: every plugin has its engine's address as an argument, so these are exactly its own.
 * @returns their command lines
 */
export function endPluginsOf(address: string, table: ProcessTable = processTable()): string[] {
  const plugins = [...table.values()].filter(({ pid, command }) => {
    const [program = "", ...args] = command.split(" ");
    return pid !== process.pid && basename(program).startsWith("pulumi-resource-") && args.includes(address);
  });
  for (const { pid } of plugins) {
    try {
      // Nobody waits for what it would still answer.
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  return plugins.map(({ command }) => command);
}
