/**
 * Pulumi's wire format: decoded once where a call arrives, encoded once where its answer leaves.
 * Markers as in @pulumi/pulumi/runtime/rpc: secrets come wrapped, unknown values as sentinels.
 */
import { isRecord } from "../contract/is-record";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** What the engine sends for a value that only exists after an update, by type of the value. */
const UNKNOWNS: ReadonlySet<unknown> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export type Path = readonly (string | number)[];

export interface Decoded {
  /** Plain data; an unknown value is `UNKNOWN`. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly secrets: readonly Path[];
  readonly unknowns: readonly Path[];
}

/** Stands for a value that is not known yet; stringifies to nothing a real value could be. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that leaves the provider as a secret. */
export class Secret {
  constructor(readonly value: unknown) {}
}

type Wire = Readonly<Record<string, unknown>>;

export function decode(wire: unknown): Decoded {
  const secrets: Path[] = [];
  const unknowns: Path[] = [];
  const walk = (value: unknown, path: Path): unknown => {
    if (UNKNOWNS.has(value)) {
      unknowns.push(path);
      return UNKNOWN;
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (!isRecord(value)) return value;
    if (value[SIGNATURE] === SECRET) {
      secrets.push(path);
      return walk(secretValue(value), path);
    }
    if (value[SIGNATURE] === OUTPUT_VALUE) {
      if (value.secret === true) secrets.push(path);
      return walk("value" in value ? value.value : UNKNOWN, path);
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  const value = walk(wire ?? {}, []);
  if (!isRecord(value)) throw new Error("the engine sent properties that are no object");
  return { value, secrets, unknowns };
}

/** `value` on the wire; `plaintext`, JSON text, in an exported stack. */
function secretValue(wrapped: Wire): unknown {
  return typeof wrapped.plaintext === "string" ? (JSON.parse(wrapped.plaintext) as unknown) : wrapped.value;
}

/** Wraps `Secret`s and drops `undefined`, which the wire format refuses anywhere inside a value. */
export function encode(value: unknown): unknown {
  if (value instanceof Secret) return { [SIGNATURE]: SECRET, value: encode(value.value) };
  if (Array.isArray(value)) return value.map((item) => encode(item ?? null));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, encode(item)]),
  );
}

/** The decoded value again, `Secret` where a secret was: for properties that only pass through. */
export function keepAllSecrets(decoded: Decoded): Readonly<Record<string, unknown>> {
  const walk = (value: unknown, path: Path): unknown => {
    const inner = Array.isArray(value)
      ? value.map((item, index) => walk(item, [...path, index]))
      : isRecord(value)
        ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, [...path, name])]))
        : value;
    return decoded.secrets.some((secret) => samePath(secret, path)) ? new Secret(inner) : inner;
  };
  return Object.fromEntries(Object.entries(decoded.value).map(([key, value]) => [key, walk(value, [key])]));
}

/** Is there a secret at this path, above it or below it? */
export function touchesSecret(decoded: Decoded, path: Path): boolean {
  return decoded.secrets.some((secret) => startsWith(secret, path) || startsWith(path, secret));
}

export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && startsWith(a, b);
}

export function startsWith(path: Path, prefix: Path): boolean {
  return prefix.every((part, index) => String(path[index]) === String(part));
}
