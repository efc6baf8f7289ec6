/** What a text says as JSON; undefined of one that is none. The parser's own message would quote the text, which may be secret. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
