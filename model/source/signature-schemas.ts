/** What containers/image takes in a policy.json and in registries.d. Sources: containers-policy.json(5), containers-registries.d(5). */
import * as z from "zod";

const text = z.string().min(1);
const texts = z.array(text).min(1);

/** A registry, or a repository or folder of it. */
const prefix = text.regex(/^[^/@\s]+(\/[a-z0-9._-]+)*$/, "write HOST or HOST/NAME, without a tag");
const tagged = text.regex(/(:[^/:@\s]+|@sha256:[0-9a-f]{64})$/, "write it with its tag or digest");

const signedIdentity = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(["matchExact", "matchRepoDigestOrExact", "matchRepository"]) }),
  z.strictObject({ type: z.literal("exactReference"), dockerReference: tagged }),
  z.strictObject({ type: z.literal("exactRepository"), dockerRepository: text }),
  z.strictObject({ type: z.literal("remapIdentity"), prefix, signedPrefix: prefix }),
]);

/** One of several ways to say the same. */
function exactlyOne(fields: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return count(fields, names) === 1;
}

function count(fields: Readonly<Record<string, unknown>>, names: readonly string[]): number {
  return names.filter((name) => fields[name] !== undefined).length;
}

const signedBy = z
  .strictObject({
    type: z.literal("signedBy"),
    keyType: z.literal("GPGKeys"),
    keyPath: text.exactOptional(),
    keyPaths: texts.exactOptional(),
    keyData: z.base64().exactOptional(),
    signedIdentity: signedIdentity.exactOptional(),
  })
  .refine((fields) => exactlyOne(fields, ["keyPath", "keyPaths", "keyData"]), {
    error: "write one of keyPath and keyData, or keyPaths",
  });

const fulcio = z
  .strictObject({
    caPath: text.exactOptional(),
    caData: z.base64().exactOptional(),
    oidcIssuer: text,
    subjectEmail: text,
  })
  .refine((fields) => exactlyOne(fields, ["caPath", "caData"]), { error: "write one of caPath and caData" });

/** Certificates of an authority of one's own. */
const pki = z
  .strictObject({
    caRootsPath: text.exactOptional(),
    caRootsData: z.base64().exactOptional(),
    caIntermediatesPath: text.exactOptional(),
    caIntermediatesData: z.base64().exactOptional(),
    subjectEmail: text.exactOptional(),
    subjectHostname: text.exactOptional(),
  })
  .refine((fields) => exactlyOne(fields, ["caRootsPath", "caRootsData"]), {
    error: "write one of caRootsPath and caRootsData",
  })
  .refine((fields) => count(fields, ["caIntermediatesPath", "caIntermediatesData"]) <= 1, {
    error: "write one of caIntermediatesPath and caIntermediatesData",
  })
  .refine((fields) => count(fields, ["subjectEmail", "subjectHostname"]) > 0, {
    error: "write whose certificates are taken: subjectEmail, subjectHostname or both",
  });

const SIGNERS = ["keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki"];
const REKOR = ["rekorPublicKeyPath", "rekorPublicKeyData", "rekorPublicKeyPaths", "rekorPublicKeyDatas"];

const sigstoreSigned = z
  .strictObject({
    type: z.literal("sigstoreSigned"),
    keyPath: text.exactOptional(),
    keyData: z.base64().exactOptional(),
    keyPaths: texts.exactOptional(),
    keyDatas: z.array(z.base64()).min(1).exactOptional(),
    fulcio: fulcio.exactOptional(),
    pki: pki.exactOptional(),
    rekorPublicKeyPath: text.exactOptional(),
    rekorPublicKeyData: z.base64().exactOptional(),
    rekorPublicKeyPaths: texts.exactOptional(),
    rekorPublicKeyDatas: z.array(z.base64()).min(1).exactOptional(),
    signedIdentity: signedIdentity.exactOptional(),
  })
  .refine((fields) => exactlyOne(fields, SIGNERS), {
    error: `write one of ${SIGNERS.join(", ")}`,
  })
  .refine((fields) => count(fields, REKOR) <= 1, { error: `write one of ${REKOR.join(", ")}` })
  .refine((fields) => fields.fulcio === undefined || count(fields, REKOR) > 0, {
    error: `fulcio wants the key of the log too; write one of ${REKOR.join(", ")}`,
  });

const requirement = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(["insecureAcceptAnything", "reject"]) }),
  signedBy,
  sigstoreSigned,
]);
export type Requirement = z.infer<typeof requirement>;

const requirements = z.array(requirement).min(1);

export const policySchema = z.strictObject({
  default: requirements,
  transports: z.record(z.string(), z.record(z.string(), requirements)).exactOptional(),
});
export type Policy = z.infer<typeof policySchema>;

const onServer = z
  .url({ protocol: /^https?$/, error: "a worker has no such folder; write the address of a server" })
  // What is asked there is in warnings, and the file itself in the state.
  .refine((url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === "", {
    error: "has credentials in it, which previews would show to everybody; leave them out, and change them",
  });
const place = z.strictObject({
  lookaside: onServer.exactOptional(),
  sigstore: onServer.exactOptional(),
  // Where signatures are written: no worker does.
  "lookaside-staging": text.exactOptional(),
  "sigstore-staging": text.exactOptional(),
  "use-sigstore-attachments": z.boolean().exactOptional(),
});

export type SignaturePlace = z.infer<typeof place>;

export const registriesSchema = z.strictObject({
  "default-docker": place.exactOptional(),
  docker: z.record(z.string(), place).exactOptional(),
});
