import { createHash, createHmac } from "node:crypto";

/** Credentials of a session (or of a user: no token). Secret. */
export interface BlockCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** RFC 3339; absent if they do not expire. */
  readonly expiresAt?: string;
}

interface Unsigned {
  readonly method: string;
  /** As the request line has it, without a query; nothing in it that would need escaping. */
  readonly path: string;
  readonly host: string;
  /** Lower-case names. Every one of them is signed. */
  readonly headers: Readonly<Record<string, string>>;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
/** What the body's hash is said to be: a block's own checksum, a signed header, vouches for it. */
const BODY = "UNSIGNED-PAYLOAD";

/**
 * Signature Version 4 of a request without a query whose body is not signed, which is how the service's model and
 * Amazon's own clients sign PutSnapshotBlock (`unsignedPayload`). Source: AWS General Reference, "Create a signed request".
 */
export class EbsSigner {
  private key: { readonly day: string; readonly bytes: Buffer } | undefined;

  constructor(
    private readonly credentials: BlockCredentials,
    private readonly region: string,
  ) {}

  /** @returns all headers to send */
  sign(request: Unsigned, now: Date): Record<string, string> {
    const { accessKeyId, sessionToken } = this.credentials;
    const time = now.toISOString().replace(/[:-]|\.\d+/g, "");
    const day = time.slice(0, 8);
    const headers: Record<string, string> = {
      ...request.headers,
      host: request.host,
      "x-amz-content-sha256": BODY,
      "x-amz-date": time,
      ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
    };
    const names = Object.keys(headers).sort();
    const signed = names.join(";");
    const lines = names.map((name) => `${name}:${headers[name]?.trim() ?? ""}\n`).join("");
    const canonical = [request.method, request.path, "", lines, signed, BODY].join("\n");
    const scope = `${day}/${this.region}/ebs/aws4_request`;
    const text = [ALGORITHM, time, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
    const signature = createHmac("sha256", this.keyOf(day)).update(text).digest("hex");
    headers["authorization"] =
      `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return headers;
  }

  /** The signing key changes once a day. */
  private keyOf(day: string): Buffer {
    if (this.key?.day !== day) {
      const parts = [day, this.region, "ebs", "aws4_request"];
      const first: string | Buffer = `AWS4${this.credentials.secretAccessKey}`;
      const hmac = (key: string | Buffer, part: string): Buffer => createHmac("sha256", key).update(part).digest();
      this.key = { day, bytes: parts.reduce<string | Buffer>(hmac, first) as Buffer };
    }
    return this.key.bytes;
  }
}
