import { describe, expect, it } from "vitest";
import { testKey } from "../../contract/testing/signing-keys";
import { ALL, build, ENV, good, mistakes, type Json } from "./fixtures";
import { readSettings } from "./index";
import { SECRET } from "./secrets";

const key = testKey("a");
const raw = Buffer.alloc(32, "x").toString("base64");
const promoting = (signing: unknown): Json => ({ promote: { from: "devel" }, signing });
const promoted = (signing: unknown) => readSettings({ source: promoting(signing), env: ENV, capabilities: ALL });

describe("signing", () => {
  it("is off unless it is said", () => {
    expect(build(good())).not.toHaveProperty("signing");
    expect(build(good({ signing: {} }))).not.toHaveProperty("signing");
    expect(promoted({})).not.toHaveProperty("signing");
  });

  it("has a secret key, and public ones that are taken beside it", () => {
    expect(build(good({ signing: { key: SECRET } })).signing).toEqual({ trusted: [] });
    const trusted = [key.publicPem, raw];
    expect(build(good({ signing: { key: SECRET, trusted } })).signing).toEqual({ trusted });
    expect(promoted({ trusted })).toMatchObject({ mode: "promote", signing: { trusted } });
  });

  it.each<[string, Json, RegExp]>([
    [
      "a key in clear",
      good({ signing: { key: key.seed } }),
      /^signing\.key: is in clear; never use that key again; `openssl genpkey/,
    ],
    [
      "no key",
      good({ signing: { trusted: [raw] } }),
      /^signing\.key: missing; `openssl genpkey -algorithm ed25519 -out/,
    ],
    [
      "a private key among the public ones",
      good({ signing: { key: SECRET, trusted: [key.pem] } }),
      /^signing\.trusted\[0\]: is a private key, in clear: never use it again.*; write what `openssl pkey/,
    ],
    [
      "a public key that is none",
      promoting({ trusted: [raw, "key.pem"] }),
      /^signing\.trusted\[1\]: is neither PEM nor/,
    ],
    ["a secret public key", promoting({ trusted: [SECRET] }), /^signing\.trusted\[0\]: is a secret \(secure:\)/],
    ["nobody to trust", promoting({ trusted: [] }), /^signing\.trusted: empty; give at least 1$/],
    [
      "a key of a stack that signs nothing",
      promoting({ key: SECRET, trusted: [raw] }),
      /^signing\.key: unknown setting/,
    ],
    ["all of it secret", good({ signing: SECRET }), /^signing: is a secret/],
  ])("refuses by path: %s", (_what, settings, said) => {
    const found = mistakes(settings);
    expect(found).toEqual([expect.stringMatching(said)]);
    expect(found.join()).not.toContain(key.seed);
    expect(found.join()).not.toContain(key.pem.split("\n")[1]);
  });
});
