/** What the engine sends, for tests. */

export function urn(type: string, name = "it"): string {
  return `urn:pulumi:dev::test::${type}::${name}`;
}

/** As the engine marks a secret on the wire. */
export function secret(value: unknown): Record<string, unknown> {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

export { UNKNOWN } from "../wire";
