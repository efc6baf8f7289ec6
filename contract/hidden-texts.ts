/** Texts that nobody may see in what is said. */

/** Shorter ones are no secret, and stand in ordinary words. */
const SHORTEST = 4;

/** Those that are blanked out. */
export function hidden(texts: readonly string[]): string[] {
  return texts.filter((text) => text.length >= SHORTEST);
}
