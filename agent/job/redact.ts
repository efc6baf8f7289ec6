const MASK = "[secret]";
/** Shorter values (`200`, `PUT`, `host`) say nothing and would blank out ordinary words. */
const SHORTEST_SECRET = 12;

/**
 * What is secret in presigned URLs: their query strings, whole, value by value, encoded or decoded. The agent never prints
 * them; this is for what servers and commands say.
 */
export function secretsOf(urls: readonly string[]): string[] {
  const secrets = new Set<string>();
  for (const url of urls) {
    const { search, searchParams } = new URL(url);
    if (search.length > 1) secrets.add(search.slice(1));
    for (const [name, value] of searchParams) {
      if (value.length < SHORTEST_SECRET || /Algorithm|Date|SignedHeaders/.test(name)) continue;
      secrets.add(value);
      secrets.add(encodeURIComponent(value));
    }
  }
  return [...secrets];
}

/** Makes a function that blanks out these very texts. */
export function hideAll(secrets: Iterable<string>): (text: string) => string {
  const longestFirst = [...secrets].filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((left, secret) => left.split(secret).join(MASK), text);
}

/** A URL as it may be shown: without its query, which holds the signature. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
