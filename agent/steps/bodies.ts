import { messageOf } from "../../contract/message-of";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PutUpload } from "../../contract/agent-spec";
import type { BodyParts, DiskEncoding, StoredBody } from "../../contract/bodies";
import type { CommitRecord } from "../../contract/commit-record";
import type { Grant, Wish } from "../../contract/grants";
import { grantsOf } from "../job/grants";
import type { Job } from "../job/job";
import { secretsOf } from "../job/redact";
import { StepError } from "../job/step-error";
import { Supplies } from "../job/supplies";
import { sideBySide } from "../machine/side-by-side";
import { megabytes } from "../machine/sizes";
import type { BuiltDisk } from "./disk";
import { encode, type EncodedDisk, type Sums, sumsOf } from "./encode";
import { isOf, type Origin } from "./origin";
import { passes, send, type Sending } from "./send";

/** What the record takes, characters. */
const MOST_SAID = 200;
/** Grants that are refused in a row are not short-lived. */
const MOST_REFUSALS = 2;
/** Of a proxy that waits no longer, or of a fault after the last byte: whether the receiver has the body is not known. */
const UNCLEAR = [500, 502, 504];

/** How far one was sent: noted before each request, and after the last. */
interface Sent extends Origin {
  readonly receiver: string;
  /** That were answered. */
  readonly requests: number;
  /** Of the parts that these had, hex. */
  readonly md5s: readonly string[];
}

/**
 * Puts the disk to whoever takes it whole; what was put before is not put again. One that can't be put holds up nothing else:
 * who finishes it makes it from the store.
 * @returns by name of the upload what was put, and why another was not; empty where nothing is asked for
 */
export async function putBodies(
  job: Job,
  raw: BuiltDisk,
  origin: Origin,
  signal: AbortSignal,
): Promise<Pick<CommitRecord, "bodies" | "notSent">> {
  const wanted = job.spec.uploads.filter((one): one is PutUpload => one.format === "put");
  if (wanted.length === 0) return {};
  const bodies: Record<string, StoredBody> = {};
  const notSent: Record<string, string> = {};
  const encoded = new Map<DiskEncoding, Encoding>();
  const works = wanted.map((upload) => async (stop: AbortSignal) => {
    try {
      const known = encoded.get(upload.encoding) ?? encodeAndSum(job, raw, origin, upload.encoding, signal);
      encoded.set(upload.encoding, known);
      const disk = await known.disk;
      const [sums, parts] = await sideBySide(
        stop,
        () => known.sums,
        (other) => new Body(job, upload, disk, origin, other).put(),
      );
      const { encoding, receiver } = upload;
      bodies[upload.name] = { encoding, receiver, sizeBytes: disk.sizeBytes, ...sums, ...(parts && { parts }) };
    } catch (error) {
      stop.throwIfAborted();
      const why = job.folder.clean(messageOf(error));
      job.output(`${upload.name} was not sent: ${why}`);
      notSent[upload.name] = why.replaceAll(/[^ -~]+/g, " ").slice(0, MOST_SAID) || "not known";
    }
  });
  await sideBySide(signal, ...works);
  return { bodies, ...(Object.keys(notSent).length > 0 && { notSent }) };
}

interface Encoding {
  readonly disk: Promise<EncodedDisk>;
  readonly sums: Promise<Sums>;
}

/** Once for all who take the disk so. */
function encodeAndSum(job: Job, raw: BuiltDisk, origin: Origin, encoding: DiskEncoding, signal: AbortSignal): Encoding {
  const disk = encode(job, raw, origin, encoding, signal);
  const sums = disk.then((one) => sumsOf(job, one, origin, signal));
  // Whoever sends it hears of a failure, unless its own comes first.
  sums.catch(() => undefined);
  return { disk, sums };
}

/** One upload of one disk. */
class Body {
  private readonly marker: string;
  private readonly grants: Supplies<Grant>;
  private readonly requests: number;
  private grant: Grant | undefined;
  private isUnanswered = false;
  private refusals = 0;

  constructor(
    private readonly job: Job,
    private readonly upload: PutUpload,
    private readonly disk: EncodedDisk,
    private readonly origin: Origin,
    private readonly signal: AbortSignal,
  ) {
    this.marker = `put-${upload.name}`;
    this.grants = new Supplies(job.folder.path, job.machine.clock, grantsOf(upload.name));
    this.requests = upload.partBytes === undefined ? 1 : Math.ceil(disk.sizeBytes / upload.partBytes);
  }

  /** @returns how it was cut; undefined where it was not */
  async put(): Promise<BodyParts | undefined> {
    const { receiver, partBytes } = this.upload;
    const found = await this.job.marker<Sent>(this.marker);
    const earlier = found && isOf(this.origin, found) && found.receiver === receiver ? found : undefined;
    const first = earlier?.requests ?? 0;
    const md5s = [...(earlier?.md5s ?? [])];
    // Of an agent that was killed the next request may be there, or still on its way.
    this.isUnanswered = earlier !== undefined;
    const note = (requests: number) =>
      this.job.mark(this.marker, { ...this.origin, receiver, requests, md5s } satisfies Sent);
    try {
      if (first < this.requests) this.grant = await this.ask(undefined);
      for (let done = first; done < this.requests; done += 1) {
        await note(done);
        if (partBytes === undefined) await this.putWhole();
        else md5s.push(await this.putPart(done, partBytes));
        this.refusals = 0;
        this.isUnanswered = false;
      }
      await note(this.requests);
    } finally {
      // Nobody needs them now.
      await this.grants.remove();
    }
    if (partBytes === undefined) return undefined;
    return {
      bytes: partBytes,
      md5: createHash("md5")
        .update(Buffer.from(md5s.join(""), "hex"))
        .digest("hex"),
    };
  }

  private putWhole(): Promise<void> {
    return this.send(0, { path: this.disk.path }, 0);
  }

  /** A part is a file of its own for as long as it is sent. @returns its md5, hex */
  private async putPart(number: number, partBytes: number): Promise<string> {
    const path = join(this.job.work, `${this.marker}.part`);
    const start = number * partBytes;
    const end = Math.min(start + partBytes, this.disk.sizeBytes) - 1;
    const hash = createHash("md5");
    const { signal } = this;
    const from = createReadStream(this.disk.path, { start, end });
    from.on("data", (data) => void hash.update(data));
    try {
      await pipeline(from, createWriteStream(path), { signal });
      const md5 = hash.digest();
      await this.send(number, { path, md5: md5.toString("base64") }, start);
      return md5.toString("hex");
    } finally {
      await rm(path, { force: true });
    }
  }

  private send(number: number, file: Pick<Sending, "path" | "md5">, before: number): Promise<void> {
    const { job, upload, signal, disk } = this;
    return send(job, {
      object: upload.name,
      ...file,
      type: "application/octet-stream",
      signal,
      target: () => this.target(number),
      judge: (status) => this.judge(status),
      onProgress: (bytes) => job.progress(`upload ${upload.name} ${megabytes(before + bytes, disk.sizeBytes)}`),
    });
  }

  /** One that ends soon is replaced before it is refused. */
  private async target(number: number): Promise<{ readonly url: string; readonly headers: Grant["headers"] }> {
    const { urls, headers } = (this.grant = await this.ask(undefined));
    return { url: urls[number] ?? "", headers };
  }

  private async ask(refused: Grant | undefined): Promise<Grant> {
    const wish: Wish = { requests: this.requests };
    const grant = await this.grants.get(refused, this.signal, wish);
    if (grant.urls.length < this.requests)
      throw new StepError(`the grant has ${grant.urls.length} addresses, ${this.requests} are needed`);
    if (grant.id !== this.grant?.id) this.job.folder.hide([...secretsOf(grant.urls), ...Object.values(grant.headers)]);
    return grant;
  }

  private async judge(status: number | undefined): Promise<"again" | "done" | "final"> {
    if (status === undefined) {
      this.isUnanswered = true;
      return "again";
    }
    // The token has ended, or was never good.
    if (status === 401 || status === 403) {
      this.refusals += 1;
      if (this.refusals > MOST_REFUSALS) return "final";
      this.grant = await this.ask(this.grant);
      return "again";
    }
    // It has the body, or is still taking in what an answer was lost for: who finishes it compares the sums.
    if (status === 409) return this.isUnanswered ? "done" : "again";
    if (UNCLEAR.includes(status)) this.isUnanswered = true;
    return passes(status);
  }
}
