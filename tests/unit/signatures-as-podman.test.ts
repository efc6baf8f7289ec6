/** The operator's signature policy, read as a run reads it and handed to the podman of this machine as an agent does. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Job } from "../../agent/job/job";
import { JobFolder } from "../../agent/job/job-folder";
import type { Machine } from "../../agent/machine/machine";
import { systemClock } from "../../agent/machine/clock";
import { findCommand, runCommand } from "../../agent/machine/processes";
import { StepError } from "../../agent/job/step-error";
import { curlPut } from "../../agent/machine/put";
import { build } from "../../agent/steps/build";
import { writeRegistries } from "../../agent/steps/registries";
import { writeSignaturePolicy } from "../../agent/steps/signatures";
import { FINAL_BUILD_ERROR } from "../../contract/agent-result";
import { makeSpec } from "../../contract/testing/agent-spec";
import { pinned } from "../../model/source";
import { readSignatures } from "../../model/source/signatures";
import { type PodmanStore, podmanStore } from "../../model/source/testing/podman-store";
import { signedRegistry, type SignedRegistry } from "../../model/source/testing/signed-registry";

let registry: SignedRegistry;
let store: PodmanStore;
let machine: Machine;
let number = 0;

beforeAll(async () => {
  store = await podmanStore();
  registry = await signedRegistry();
  const root = join(store.folder, "machine");
  mkdirSync(join(root, "proc/sys/kernel/random"), { recursive: true });
  writeFileSync(join(root, "proc/sys/kernel/random/boot_id"), "boot-1\n");
  machine = {
    run: (command, args, options) =>
      runCommand(command, command === "podman" ? [...store.options, ...args] : args, options),
    put: curlPut(runCommand),
    find: findCommand,
    clock: systemClock,
    ...{ root, uid: 0 },
    self: { node: process.execPath, script: __filename },
  };
  writeFileSync(join(store.folder, "signer.gpg"), registry.gpgKey);
  writeFileSync(join(store.folder, "cosign.pub"), registry.sigstoreKey);
  mkdirSync(join(store.folder, "registries.d"));
  const place = { lookaside: `http://${registry.host}/lookaside`, "use-sigstore-attachments": true };
  writeFileSync(join(store.folder, "registries.d/here.yaml"), JSON.stringify({ docker: { [registry.host]: place } }));
}, 120_000);

afterAll(async () => {
  await registry.stop();
  await store.remove();
});

/** Debian 12 has taken it out of its podman, which then refuses whatever must be signed so. */
const WITHOUT_SIGSTORE = "Debian-local change: sigstore disabled";

const GPG = { type: "signedBy", keyType: "GPGKeys", keyPath: "signer.gpg" };
const SIGSTORE = { type: "sigstoreSigned", keyPath: "cosign.pub", signedIdentity: { type: "matchRepository" } };

/** Builds what stands on one image, under a policy for it that lets in no other. */
async function buildOn(name: string, requirement: object): Promise<string> {
  const policy = {
    default: [{ type: "reject" }],
    transports: { docker: { [`${registry.host}/${name}`]: [requirement] } },
  };
  writeFileSync(join(store.folder, "policy.json"), JSON.stringify(policy));
  const reference = `${registry.host}/${name}:1`;
  const settings = { policy: "policy.json", registriesD: "registries.d" };
  const { handed } = await readSignatures(store.folder, settings, { [reference]: registry.digest });
  const folder = join(store.folder, `job-${++number}`);
  mkdirSync(folder);
  const mirror = { prefix: registry.host, location: registry.host, insecure: true };
  const spec = makeSpec({
    key: String(number).repeat(64).slice(0, 64),
    source: { kind: "image", reference: pinned(reference, registry.digest) },
    registries: [mirror],
    signatures: handed,
  });
  writeFileSync(join(folder, "spec.json"), JSON.stringify(spec));
  const job = new Job(machine, new JobFolder(folder), await new JobFolder(folder).spec(), new AbortController().signal);
  mkdirSync(job.work, { recursive: true });
  await writeRegistries(job);
  await writeSignaturePolicy(job);
  return build(job).then(
    ({ id }) => (id === "" ? "nothing" : "built"),
    (error: unknown) => (error instanceof StepError ? `${error.message}\n${error.tail.join("\n")}` : String(error)),
  );
}

test("an image that is let in unsigned is built on where every other is refused", async () => {
  expect(await buildOn("free", { type: "insecureAcceptAnything" })).toBe("built");
}, 60_000);

test.each([
  ["simple signing", GPG, (name: string) => registry.signWithGpg(name)],
  ["sigstore", SIGSTORE, (name: string) => registry.signWithSigstore(name)],
])(
  "%s: a base is refused until it is signed under its own name",
  async (kind, requirement, sign) => {
    const name = kind.replace(" ", "-");
    sign(`other-${name}`);
    const refused = await buildOn(name, requirement);
    expect(refused).toContain(
      `${FINAL_BUILD_ERROR}: ${registry.host}/${name}@${registry.digest} is refused by source.signatures.policy: `,
    );
    expect(refused).toContain("A signature was required, but no signature exists");
    sign(name);
    const signed = await buildOn(name, requirement);
    expect(kind === "sigstore" && signed.includes(WITHOUT_SIGSTORE) ? "built" : signed).toBe("built");
  },
  90_000,
);
