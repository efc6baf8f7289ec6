/** Left-over stacks that a new one makes obsolete: those of a killed run whose key has changed since. */

/**
 * @param pattern resource names, `*` for any characters
 * @returns of the stacks `PARENT.NAME.KEY8` those whose NAME matches, but for `own`
 */
export function superseded(stacks: readonly string[], parent: string, pattern: string, own: string): string[] {
  const name = pattern
    .split("*")
    .map((text) => text.replaceAll(/[.-]/g, "\\$&"))
    .join(".*");
  const match = new RegExp(`^${parent.replaceAll(/[.-]/g, "\\$&")}\\.${name}\\.[^.]+$`);
  return stacks.filter((stack) => stack !== own && match.test(stack));
}
