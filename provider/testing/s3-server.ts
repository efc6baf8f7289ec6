/** Enough of an S3 server for tests, path style, on loopback: objects in memory, and what it was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** When everything was written. */
export const ETAG = '"etag"';
export const MODIFIED = new Date("2026-11-10T04:12:44Z");

interface Asked {
  readonly method: string;
  readonly url: URL;
}

export class S3Server {
  /** By `/BUCKET/NAME`. */
  readonly objects = new Map<string, string>();
  readonly asked: Asked[] = [];
  /** How many of the next requests fail. */
  failures = 0;
  /** Of the bucket, as XML, by the name of their query. */
  readonly settings = new Map<string, string>();
  /** What every request is answered. @default as S3 would */
  refusal?: { readonly status: number; readonly headers: Record<string, string>; readonly body: string };
  private readonly server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => this.answer(request, response, Buffer.concat(parts).toString()));
  });

  /** Starts to listen. @returns its base URL */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the server listens on no port");
    return `http://127.0.0.1:${String(address.port)}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const url = new URL(request.url ?? "/", "http://server");
    const method = request.method ?? "";
    this.asked.push({ method, url });
    const name = decodeURIComponent(url.pathname);
    if (this.refusal !== undefined) {
      const { status, headers, body: text } = this.refusal;
      response.writeHead(status, { "content-type": "application/xml", ...headers }).end(text);
    } else if ([...this.settings.keys()].some((one) => url.searchParams.has(one))) {
      const text = [...this.settings].find(([one]) => url.searchParams.has(one))?.[1];
      response.writeHead(200, { "content-type": "application/xml" }).end(text);
    } else if (this.failures > 0) {
      this.failures -= 1;
      response.writeHead(503).end();
    } else if (method === "PUT") {
      this.objects.set(name, body);
      response.writeHead(200).end();
    } else if (method === "DELETE") {
      this.objects.delete(name);
      response.writeHead(204).end();
    } else if (url.searchParams.get("list-type") === "2") {
      response.writeHead(200, { "content-type": "application/xml" }).end(this.page(name, url.searchParams));
    } else if (name.includes("forbidden")) {
      response.writeHead(403, { "content-type": "application/xml" });
      response.end("<Error><Code>AccessDenied</Code><Message>not for you</Message></Error>");
    } else {
      const found = this.objects.get(name);
      const missing = "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>";
      const length = name.endsWith("huge") ? 2 ** 30 : Buffer.byteLength(found ?? missing);
      const headers = { "content-length": length, "last-modified": MODIFIED.toUTCString(), etag: ETAG };
      response.writeHead(found === undefined ? 404 : 200, headers);
      response.end(method === "HEAD" ? undefined : (found ?? missing));
    }
  }

  /** Two objects a page: the next one starts after the last name of this one. */
  private page(bucket: string, asked: URLSearchParams): string {
    const folder = `${bucket.replace(/\/$/, "")}/`;
    const prefix = asked.get("prefix") ?? "";
    const after = asked.get("continuation-token") ?? "";
    const rest = [...this.objects]
      .filter(([name]) => name.startsWith(folder + prefix))
      .map(([name, text]) => ({ name: name.slice(folder.length), size: Buffer.byteLength(text) }))
      .filter(({ name }) => name > after)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const shown = rest.slice(0, 2);
    const content = shown.map(({ name, size }) => {
      const date = `<LastModified>${MODIFIED.toISOString()}</LastModified>`;
      return `<Contents><Key>${name}</Key><Size>${String(size)}</Size>${date}</Contents>`;
    });
    const more = `<NextContinuationToken>${shown.at(-1)?.name ?? ""}</NextContinuationToken>`;
    const truncated = rest.length > shown.length;
    const end = `<IsTruncated>${String(truncated)}</IsTruncated>${truncated ? more : ""}`;
    return `<ListBucketResult>${content.join("")}${end}</ListBucketResult>`;
  }
}
