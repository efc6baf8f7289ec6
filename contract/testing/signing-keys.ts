/** For tests: keys of Ed25519, the same in every run. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

export interface TestKey {
  /** 32 bytes in base64. */
  readonly seed: string;
  readonly pem: string;
  readonly publicPem: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function testKey(letter: string): TestKey {
  const bytes = Buffer.alloc(32, letter);
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), bytes]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  return {
    seed: bytes.toString("base64"),
    pem: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    publicPem: publicKey.export({ format: "pem", type: "spki" }).toString(),
    privateKey,
    publicKey,
  };
}
