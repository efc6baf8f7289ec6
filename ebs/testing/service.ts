import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

interface Refusal {
  readonly status: number;
  readonly error: string;
}

/** What the service does with a put: refuses it, breaks the connection in the middle, or never answers. */
export type Fault = Refusal | "cut" | "hang" | undefined;

const BLOCK = 512 * 1024;

/** PutSnapshotBlock as far as a writer sees it: checks length, checksum and who asks, and keeps the bytes. */
export class EbsService {
  /** By index; all snapshots of a test are one. */
  readonly blocks = new Map<number, Buffer>();
  /** Puts that were answered well, by index. */
  readonly puts: number[] = [];
  readonly snapshots = new Set(["snap-0a1b"]);
  /** Access key ids. */
  readonly expired = new Set<string>();
  readonly denied = new Set<string>();
  readonly seenKeys = new Set<string>();
  /** Puts that came, whatever became of them. */
  tried = 0;
  atOnce = 0;
  mostAtOnce = 0;
  /** Asked for each put with its number, from 1. */
  fault: (tried: number, index: number) => Fault = () => undefined;
  /** Milliseconds that a good put takes. */
  delayMs = 0;
  /** Changes the checksum of what it says it got. */
  lies = false;

  private constructor(readonly url: string) {}

  static async start(): Promise<EbsService> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const service = new EbsService(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => service.handle(request, response));
    onTestFinished(
      () =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
    return service;
  }

  /** The volume, read back. */
  volume(bytes: number): Buffer {
    const all = Buffer.alloc(Math.ceil(bytes / BLOCK) * BLOCK);
    for (const [index, block] of this.blocks) block.copy(all, index * BLOCK);
    return all.subarray(0, bytes);
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    this.tried += 1;
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    response.on("close", () => (this.atOnce -= 1));
    const [, snapshotId = "", index = ""] = /^\/snapshots\/([^/]+)\/blocks\/(\d+)$/.exec(request.url ?? "") ?? [];
    const fault = this.fault(this.tried, Number(index));
    const chunks: Buffer[] = [];
    request.on("error", () => undefined);
    request.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (fault === "cut") request.socket.destroy();
    });
    request.on("end", () => {
      if (fault === "cut" || fault === "hang") return;
      const refused = fault ?? this.refuse(request, snapshotId, Buffer.concat(chunks));
      if (refused !== undefined) {
        const body = JSON.stringify({ Message: `not today: ${request.headers.authorization ?? ""}` });
        response.writeHead(refused.status, { "x-amzn-errortype": `${refused.error}:http://internal` }).end(body);
        return;
      }
      const checksum = String(request.headers["x-amz-checksum"]);
      this.blocks.set(Number(index), Buffer.concat(chunks));
      this.puts.push(Number(index));
      const said = this.lies ? checksum.replace(/^./, "!") : checksum;
      setTimeout(() => response.writeHead(201, { "x-amz-checksum": said }).end("{}"), this.delayMs);
    });
  }

  private refuse(request: IncomingMessage, snapshotId: string, body: Buffer): Refusal | undefined {
    const { headers } = request;
    const key = /Credential=([^/]+)\/\d{8}\/us-east-1\/ebs\/aws4_request/.exec(headers.authorization ?? "")?.[1] ?? "";
    this.seenKeys.add(key);
    if (this.expired.has(key)) return { status: 403, error: "ExpiredTokenException" };
    if (key === "" || this.denied.has(key)) return { status: 403, error: "AccessDeniedException" };
    if (!this.snapshots.has(snapshotId)) return { status: 404, error: "ResourceNotFoundException" };
    const good =
      body.length === BLOCK &&
      headers["x-amz-data-length"] === String(BLOCK) &&
      headers["x-amz-content-sha256"] === "UNSIGNED-PAYLOAD" &&
      headers["x-amz-checksum"] === createHash("sha256").update(body).digest("base64");
    return good ? undefined : { status: 400, error: "ValidationException" };
  }
}
