import type { Machine } from "./machine";

/** Those of the commands that are not on the machine. */
export async function lacking(machine: Machine, commands: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const command of commands) if (!(await machine.find(command))) missing.push(command);
  return missing;
}
