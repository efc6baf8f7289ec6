/**
 * How property values look on the wire between the engine and a provider: secrets, unknowns, assets.
 * Signatures as in Pulumi's SDK, `sdk/go/common/resource/{properties,asset,archive}` and `plugin/rpc.go`.
 */

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** What stands for a value that only the update will know; one for each kind of value, and this for any. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS: ReadonlySet<unknown> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  UNKNOWN,
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** The properties of a resource as they travel: to be passed on untouched, or decoded once. */
export type WireProperties = Readonly<Record<string, unknown>>;

/** A source of bytes that a program gave: a file, a text, or a folder. */
export interface Asset {
  readonly kind: "asset" | "archive";
  /** The engine's hash of the content. */
  readonly hash?: string;
  readonly path?: string;
  readonly text?: string;
  /** Present in an asset from the network, or an archive put together from parts. */
  readonly uri?: string;
  readonly parts?: boolean;
}

export interface Decoded {
  /** Plain values: secrets unwrapped, unknowns left out. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Paths of the values that are not known yet, as `connection.host`. */
  readonly unknown: ReadonlySet<string>;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a value that is marked secret as a whole. */
export function isSecret(value: unknown): boolean {
  return isRecord(value) && (value[SIGNATURE] === SECRET || (value[SIGNATURE] === OUTPUT && value["secret"] === true));
}

export function toSecret(value: unknown): unknown {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** True for a secret, and for what has one inside. */
export function holdsSecret(value: unknown): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isRecord(value) && Object.values(value).some(holdsSecret);
}

/** The value inside a secret or output wrapper; anything else as it is. */
export function unwrap(value: unknown): unknown {
  const wrapped = isRecord(value) && (value[SIGNATURE] === SECRET || value[SIGNATURE] === OUTPUT);
  return wrapped ? unwrap(value["value"]) : value;
}

/** True if the value is not known yet as a whole. */
export function isUnknown(value: unknown): boolean {
  const inner = unwrap(value);
  return UNKNOWNS.has(inner) || (inner === undefined && isRecord(value) && value[SIGNATURE] === OUTPUT);
}

export function decode(properties: WireProperties): Decoded {
  const unknown = new Set<string>();
  const values = decodeRecord(properties, "", unknown);
  return { values, unknown };
}

function decodeRecord(record: WireProperties, path: string, unknown: Set<string>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) {
    const plain = decodeValue(value, path === "" ? key : `${path}.${key}`, unknown);
    if (plain !== undefined) result[key] = plain;
  }
  return result;
}

function decodeValue(value: unknown, path: string, unknown: Set<string>): unknown {
  if (isUnknown(value)) {
    unknown.add(path);
    return undefined;
  }
  const inner = unwrap(value);
  if (inner === null || inner === undefined) return undefined;
  if (Array.isArray(inner)) return inner.map((item, index) => decodeValue(item, `${path}[${index}]`, unknown));
  if (!isRecord(inner)) return inner;
  if (inner[SIGNATURE] === ASSET) return decodeAsset("asset", inner);
  if (inner[SIGNATURE] === ARCHIVE) return decodeAsset("archive", inner);
  return decodeRecord(inner, path, unknown);
}

function decodeAsset(kind: Asset["kind"], wire: Record<string, unknown>): Asset {
  const text = (key: string) => (typeof wire[key] === "string" && wire[key] !== "" ? { [key]: wire[key] } : {});
  const isText = kind === "asset" && typeof wire["text"] === "string" && !wire["path"] && !wire["uri"];
  return {
    kind,
    ...text("hash"),
    ...text("path"),
    ...text("uri"),
    ...(isText ? { text: String(wire["text"]) } : {}),
    ...(isRecord(wire["assets"]) ? { parts: true } : {}),
  };
}

export function withoutNulls(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && value !== undefined));
}
