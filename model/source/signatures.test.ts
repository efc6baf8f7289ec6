import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { readSignatures, type Signatures } from "./signatures";
import { verdict } from "./signature-verdict";

const DIGEST = `sha256:${"a".repeat(64)}`;
const GPG = { type: "signedBy", keyType: "GPGKeys", keyPath: "keys/signer.gpg" } as const;
const ANY = { type: "insecureAcceptAnything" } as const;
const REJECT = { type: "reject" } as const;
const SIGSTORE = { type: "sigstoreSigned", keyPath: "keys/signer.gpg" } as const;
const FULCIO = { caPath: "keys/signer.gpg", oidcIssuer: "https://issuer.example", subjectEmail: "a@example.org" };
const IMAGES = { "quay.io/fedora/fedora-bootc:44": DIGEST, "registry.example/image-builder:1": DIGEST };

async function read(
  policy: unknown,
  registries?: string | Readonly<Record<string, string>>,
  images: Record<string, string> = IMAGES,
): Promise<Signatures> {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "keys"));
  writeFileSync(join(folder, "keys/signer.gpg"), "a keyring");
  const body = Buffer.from("another, of 30 bytes or more ..").toString("base64");
  const armor = ["-----BEGIN PGP PUBLIC KEY BLOCK-----", "Comment: b", "", body.slice(0, 20), body.slice(20), "=AAAA"];
  writeFileSync(join(folder, "keys/armored.asc"), [...armor, "-----END PGP PUBLIC KEY BLOCK-----", ""].join("\n"));
  writeFileSync(join(folder, "policy.json"), typeof policy === "string" ? policy : JSON.stringify(policy));
  if (registries !== undefined) {
    mkdirSync(join(folder, "registries.d"));
    const files = typeof registries === "string" ? { "fedora.yaml": registries } : registries;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "registries.d", name), text);
  }
  const settings = { policy: "policy.json", ...(registries === undefined ? {} : { registriesD: "registries.d" }) };
  return readSignatures(folder, settings, images);
}

test("a worker is given the keys, not names of files; a reviewer reads what is accepted unsigned", async () => {
  const lookaside = "docker:\n  quay.io:\n    lookaside: https://signatures.example/\n";
  const { handed, notes } = await read(
    { default: [ANY], transports: { docker: { "quay.io/fedora": [GPG] } } },
    lookaside,
  );
  expect(JSON.parse(handed.policy)).toEqual({
    default: [ANY],
    transports: {
      docker: {
        "quay.io/fedora": [
          { type: "signedBy", keyType: "GPGKeys", keyData: Buffer.from("a keyring").toString("base64") },
        ],
      },
    },
  });
  expect(handed.registriesD).toEqual({ "fedora.yaml": lookaside });
  expect(notes).toEqual([
    "accepted unsigned: registry.example/image-builder:1 (default)",
    'must be signed: quay.io/fedora/fedora-bootc:44 (transports.docker["quay.io/fedora"])',
  ]);
});

test("keys of sigstore are put in wherever they are named", async () => {
  const key = Buffer.from("a keyring").toString("base64");
  const path = "keys/signer.gpg";
  const written = [
    { type: "sigstoreSigned", keyPaths: [path, path] },
    { type: "sigstoreSigned", fulcio: FULCIO, rekorPublicKeyPath: path },
  ];
  const { handed } = await read({ default: written });
  expect(JSON.parse(handed.policy)).toEqual({
    default: [
      { type: "sigstoreSigned", keyDatas: [key, key] },
      {
        type: "sigstoreSigned",
        fulcio: { caData: key, oidcIssuer: "https://issuer.example", subjectEmail: "a@example.org" },
        rekorPublicKeyData: key,
      },
    ],
  });
});

test("several keyrings of GPG are handed over as one, whatever form their files are in", async () => {
  const { handed } = await read({
    default: [{ ...GPG, keyPath: undefined, keyPaths: ["keys/signer.gpg", "keys/armored.asc"] }],
  });
  const keyData = Buffer.from("a keyringanother, of 30 bytes or more ..").toString("base64");
  expect(JSON.parse(handed.policy)).toEqual({ default: [{ type: "signedBy", keyType: "GPGKeys", keyData }] });
});

test("certificates of an authority of one's own are put in too", async () => {
  const pki = {
    caRootsPath: "keys/signer.gpg",
    caIntermediatesPath: "keys/signer.gpg",
    subjectHostname: "a.example.org",
  };
  const { handed } = await read({ default: [{ type: "sigstoreSigned", pki }] });
  const key = Buffer.from("a keyring").toString("base64");
  expect(JSON.parse(handed.policy)).toEqual({
    default: [
      { type: "sigstoreSigned", pki: { caRootsData: key, caIntermediatesData: key, subjectHostname: "a.example.org" } },
    ],
  });
});

test.each([
  [{ subjectEmail: "a@example.org" }, "pki: write one of caRootsPath and caRootsData"],
  [{ caRootsData: "AAAA" }, "pki: write whose certificates are taken: subjectEmail, subjectHostname or both"],
  [
    { caRootsData: "AAAA", subjectEmail: "a", caIntermediatesData: "AAAA", caIntermediatesPath: "a" },
    "pki: write one of caIntermediatesPath and caIntermediatesData",
  ],
])("an authority that podman would refuse is refused beforehand: %j", async (pki, says) => {
  await expect(read({ default: [{ type: "sigstoreSigned", pki }] })).rejects.toThrow(says);
});

test("an image that the policy refuses is named before anything starts", async () => {
  await expect(read({ default: [REJECT], transports: { docker: { "quay.io": [GPG] } } })).rejects.toThrow(
    "source.signatures.policy: default refuses registry.example/image-builder:1; let it in there, or build on another image",
  );
});

test("every mistake is said at once, by its path", async () => {
  const wrong = {
    default: [],
    transports: {
      docker: {
        "quay.io/a:1": [{ ...GPG, keyPath: "keys/none.gpg" }],
        "quay.io/b": [{ type: "signedBy", keyType: "GPGKeys" }, { type: "signedby" }],
      },
      dcoker: 1,
    },
  };
  const message = await read(wrong, "docker:\n  quay.io:\n    lookaside: file:///var/lib/sigs\n    look: 1\n").then(
    () => "",
    String,
  );
  for (const part of [
    "policy.json: default: ",
    "policy.json: transports.docker.quay.io/b[0]: write one of keyPath and keyData, or keyPaths",
    "policy.json: transports.docker.quay.io/b[1].type: ",
    "policy.json: transports.dcoker: ",
    "fedora.yaml: docker.quay.io.lookaside: a worker has no such folder; write the address of a server",
    "fedora.yaml: docker.quay.io: ",
  ])
    expect(message).toContain(part);
});

test.each([
  [
    { default: [{ ...GPG, keyPath: "keys/none.gpg" }] },
    /default\[0\]\.keyPath: ENOENT.*none\.gpg.*; name a file with the key/,
  ],
  ["{", /policy\.json: can't be read as JSON: /],
  [
    `{\n\t"default": [{ "type": "reject" }],\n\t"default": [{ "type": "insecureAcceptAnything" }]\n}`,
    /policy\.json: line 3: "default" is in the same braces before; write it once/,
  ],
  [
    '{ "default": [{ "type": "reject", "type": "insecureAcceptAnything" }], "transports": { "docker": { "a": [], "a": [] } } }',
    /line 1: "type" is in [^]*line 1: "a" is in the same braces before/,
  ],
  [
    { default: [ANY], transports: { docker: { "quay.io/a:1": [GPG] } } },
    /transports\.docker\["quay\.io\/a:1"\] has a tag, and workers pull by digest; leave the tag out/,
  ],
  [
    { default: [{ type: "sigstoreSigned", keyData: "A".repeat(40_000) }] },
    /bytes with its keys, and a worker is given 32768/,
  ],
  [
    { default: [{ ...SIGSTORE, fulcio: FULCIO, keyPath: undefined }] },
    /fulcio wants the key of the log too; write one of rekor/,
  ],
  [
    { default: [{ ...SIGSTORE, rekorPublicKeyPath: "keys/signer.gpg", rekorPublicKeyData: "AAAA" }] },
    /write one of rekorPublicKey/,
  ],
  [
    {
      default: [
        { ...GPG, signedIdentity: { type: "remapIdentity", prefix: "quay.io/a:1", signedPrefix: "b.example" } },
      ],
    },
    /signedIdentity\.prefix: write HOST or HOST\/NAME, without a tag/,
  ],
  [
    { default: [{ ...GPG, signedIdentity: { type: "exactReference", dockerReference: "quay.io:1/a" } }] },
    /signedIdentity\.dockerReference: write it with its tag or digest/,
  ],
])("what a worker could not use is refused: %#", async (policy, words) => {
  await expect(read(policy)).rejects.toThrow(words);
});

test.each([
  ["quay.io/a/b:1", "unsigned", 'transports.docker["quay.io/a/b"]'],
  ["quay.io/a/c:1", "signed", 'transports.docker["quay.io/a"]'],
  [`quay.io/a/d:1`, "refused", `transports.docker["quay.io/a/d@${DIGEST}"]`],
  ["quay.io:5000/a/b:1", "signed", 'transports.docker[""]'],
  ["one.of.example.org/a:1", "refused", 'transports.docker["*.example.org"]'],
  ["one.of.example.org:5000/a:1", "refused", 'transports.docker["*.example.org"]'],
])("the most specific scope decides: %s is %s by %s", (reference, says, by) => {
  const docker = {
    "quay.io/a": [GPG],
    "quay.io/a/b": [ANY],
    [`quay.io/a/d@${DIGEST}`]: [GPG, REJECT],
    "*.example.org": [REJECT],
    "": [GPG],
  };
  expect(verdict({ default: [ANY], transports: { docker } }, reference, DIGEST)).toMatchObject({ says, by });
});

test("Docker's own images are those of its library", () => {
  const docker = { "docker.io/library": [GPG] };
  expect(verdict({ default: [ANY], transports: { docker } }, "docker.io/debian:12", DIGEST).says).toBe("signed");
});

test("credentials in the address of signatures are refused, and not shown", async () => {
  const lookaside = "docker:\n  quay.io:\n    lookaside: https://me:hunter2@signatures.example/\n";
  const said = await read({ default: [ANY] }, lookaside).then(() => "", String);
  expect(said).toContain("fedora.yaml: docker.quay.io.lookaside: has credentials in it");
  expect(said).not.toContain("hunter2");
});

test("files of registries.d say each thing once, or nothing", async () => {
  const place = "{ lookaside: https://signatures.example/ }";
  const both = `default-docker: ${place}\ndocker: { quay.io: ${place} }\n`;
  await expect(read({ default: [ANY] }, { "a.yaml": both, "b.yaml": both })).rejects.toThrow(
    /b\.yaml: default-docker is in a\.yaml too; write it once\n.*b\.yaml: docker\["quay\.io"\] is in a\.yaml too/,
  );
  const apart = { "a.yaml": both, "b.yaml": `docker: { quay.io/b: ${place} }\n`, "c.yaml": "# Nothing yet.\n" };
  expect(Object.keys((await read({ default: [ANY] }, apart)).handed.registriesD)).toEqual(Object.keys(apart));
});

test("identities that podman takes are taken", async () => {
  const remapped = { type: "remapIdentity", prefix: "127.0.0.1:5000/mirror", signedPrefix: "quay.io" };
  const exact = { type: "exactReference", dockerReference: `quay.io/a@${DIGEST}` };
  const tagged = { type: "exactReference", dockerReference: "quay.io:5000/a/b:1.0" };
  const asked = [remapped, exact, tagged].map((signedIdentity) => ({ ...GPG, signedIdentity }));
  expect((await read({ default: asked })).notes).toEqual([expect.stringMatching(/^must be signed: /)]);
});

test("a scope may name the digest that a worker pulls by", async () => {
  const docker = { [`quay.io/fedora/fedora-bootc@${DIGEST}`]: [GPG], "registry.example:5000": [REJECT] };
  expect((await read({ default: [ANY], transports: { docker } })).notes).toContain(
    `must be signed: quay.io/fedora/fedora-bootc:44 (transports.docker["quay.io/fedora/fedora-bootc@${DIGEST}"])`,
  );
});
