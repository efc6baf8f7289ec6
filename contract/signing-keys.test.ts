import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { messageOf } from "./message-of";
import { keyId, privateKeyOf, publicKeyOf, publicText } from "./signing-keys";
import { testKey } from "./testing/signing-keys";

const key = testKey("a");
const said = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    return messageOf(error);
  }
  return "nothing";
};

describe("a key of Ed25519", () => {
  it("is the same as PEM and as 32 bytes, private and public", () => {
    const ids = [privateKeyOf(key.pem), privateKeyOf(`${key.seed}\n`), publicKeyOf(key.publicPem)].map(keyId);
    expect(new Set([...ids, keyId(publicKeyOf(publicText(key.privateKey)))]).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(keyId(testKey("b").publicKey)).not.toBe(ids[0]);
  });

  it("is what openssl makes, and openssl says the same public key", () => {
    const pem = execFileSync("openssl", ["genpkey", "-algorithm", "ed25519"], { encoding: "utf8" });
    const shown = execFileSync("openssl", ["pkey", "-pubout"], { input: pem, encoding: "utf8" });
    expect(keyId(privateKeyOf(pem))).toBe(keyId(publicKeyOf(shown)));
  });

  it("has the bytes of RFC 8032, section 7.1, test 1", () => {
    const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
    const raw = Buffer.from(publicText(privateKeyOf(seed.toString("base64"))), "base64").toString("hex");
    expect(raw).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  });

  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const encrypted = key.privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" });
  const broken = key.pem.replace("MC4", "AAA");
  it.each<[string, string, RegExp]>([
    [
      "another kind",
      rsa.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
      /^is a key of rsa; make one of/,
    ],
    ["with a passphrase", encrypted.toString(), /^has a passphrase/],
    ["public", key.publicPem, /^is a public key/],
    ["damaged", broken, /^is PEM, but not a key that can be read$/],
    ["short", key.seed.slice(4), /^is neither PEM nor 32 bytes in base64$/],
    ["empty", "", /^is neither PEM/],
  ])("is refused as a private key, and not shown: %s", (_what, text, why) => {
    const message = said(() => privateKeyOf(text));
    expect(message).toMatch(why);
    if (text !== "") expect(message).not.toContain(text.slice(30, 60));
  });

  it.each<[string, string, RegExp]>([
    ["private", key.pem, /^is a private key, in clear/],
    ["another kind", rsa.publicKey.export({ format: "pem", type: "spki" }).toString(), /^is a key of rsa/],
    ["damaged", key.publicPem.replace("MCo", "AAA"), /^is PEM, but not/],
    ["a path", "keys/prod.pem", /^is neither PEM/],
  ])("is refused as a public key: %s", (_what, text, why) => {
    expect(said(() => publicKeyOf(text))).toMatch(why);
  });
});
