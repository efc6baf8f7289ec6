/** An URL's bytes, whole: a connection that breaks is taken up where it broke. */

export interface Found {
  readonly sizeBytes: number;
  /** ETag or date of the content: what is read later must be the same. */
  readonly version: string;
}

const TRIES = 6;
const FIRST_WAIT_MS = 500;
const PROBE_MS = 60_000;

/** The address without its query, which holds the signature. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Size and version. By GET of one byte: a presigned URL is for one method. */
export async function probe(url: string, signal: AbortSignal): Promise<Found> {
  const response = await get(url, "bytes=0-0", AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]));
  await response.body?.cancel();
  const [, total] = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  const size = Number(total ?? (response.status === 200 ? response.headers.get("content-length") : Number.NaN));
  if (!Number.isSafeInteger(size) || size <= 0) throw new Error(`${shownUrl(url)} does not say its size`);
  return { sizeBytes: size, version: versionOf(response) };
}

export async function* download(url: string, found: Found, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let attempt = 1; at < found.sizeBytes; attempt += 1) {
    const before = at;
    try {
      const response = await get(url, `bytes=${at}-`, signal);
      if (at > 0 && response.status !== 206) throw new Refused(`${shownUrl(url)} can't be read on from the middle`);
      if (versionOf(response) !== found.version) throw new Refused(`${shownUrl(url)} changed while it was read`);
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        at += chunk.length;
        if (at > found.sizeBytes) throw new Refused(`${shownUrl(url)} has more bytes than it said`);
        yield chunk;
      }
      if (at < found.sizeBytes) throw new Error(`the connection ended after ${at} of ${found.sizeBytes} bytes`);
    } catch (cause) {
      signal.throwIfAborted();
      if (at > before) attempt = 1;
      if (cause instanceof Refused) throw cause;
      if (attempt >= TRIES) throw new Error(`${shownUrl(url)} can't be read (tried ${TRIES} times)`, { cause });
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** (attempt - 1)));
    }
  }
}

/** Trying again is no use. */
class Refused extends Error {}

async function get(url: string, range: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { headers: { range }, signal });
  if (response.ok) return response;
  await response.body?.cancel();
  const message = `${shownUrl(url)} answered ${response.status}`;
  if (response.status >= 500 || response.status === 429) throw new Error(message);
  throw new Refused(`${message}${response.status === 403 ? ": a signed URL may have run out" : ""}`);
}

const versionOf = ({ headers }: Response): string => headers.get("etag") ?? headers.get("last-modified") ?? "";
