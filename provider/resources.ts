/** The resource types that belong to no platform. */
import { artifactHandler } from "./artifact/handler";
import { ephemeralStackHandler } from "./ephemeral-stack/handler";
import type { InnerStacks } from "./ephemeral-stack/inner-stacks";
import { holdHandler } from "./hold/handler";
import { imageGuardHandler } from "./image-guard/handler";
import { innerStackOwnerHandler } from "./inner-stack-owner/handler";
import { loopbackPortHandler } from "./loopback-port/handler";
import { MAP, NUMBER, SECRET_MAP, SECRET_TEXT, TAGS, TEXT, TEXTS, WHOLE, YES_NO, resource } from "./package-schema";
import { recordSignatureHandler } from "./record-signature/handler";
import { askByCli } from "./reader-outputs";
import type { KeptForms, ResourceType, World } from "./room";
import { sshKeyHandler } from "./ssh-key/handler";
import { dial } from "./ssh-ready/dial";
import { sshReadyHandler } from "./ssh-ready/handler";
import { stackIdentityHandler } from "./stack-identity/handler";
import { stackRegistrationHandler } from "./stack-registration/handler";
import { staleStacksHandler } from "./stale-stacks/handler";

const HOLD = { store: MAP, owner: TEXT, from: TEXT, generation: TEXT, reader: TEXT, stack: TEXT, images: TAGS };
const GUARD = {
  ...{ store: MAP, identity: TEXT, generation: TEXT, imageName: TEXT, imageId: TEXT, place: TEXT },
  readers: TEXTS,
};

/** @param deleteForms of a build, wherever they are */
export function commonResources(
  { run, openStore, wait, now, env }: World,
  stacks: InnerStacks,
  deleteForms: KeptForms["deleteOf"],
): Readonly<Record<string, ResourceType>> {
  const ask = askByCli({ run, env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "1" }, now });
  return {
    "builders:index:Artifact": {
      handler: artifactHandler({ openStore, deleteForms }),
      schema: resource(
        "Owner of what a build stored: deleted with its generation",
        { store: MAP, record: TEXT, key: TEXT, objects: TEXTS, identity: TEXT, regions: TEXTS },
        ["store", "record", "key", "objects", "identity"],
        { store: MAP, record: TEXT, key: TEXT, objects: TEXTS, identity: TEXT, regions: TEXTS },
      ),
    },
    "builders:index:EphemeralStack": {
      handler: ephemeralStackHandler({ stacks, now }),
      schema: resource(
        "Runs another Pulumi program to completion, keeps its outputs, destroys what it made",
        {
          program: TEXT,
          key: TEXT,
          again: TEXT,
          formerKeys: TEXTS,
          namespace: TEXT,
          lease: MAP,
          config: MAP,
          secrets: SECRET_MAP,
          attempts: WHOLE,
          timeoutMinutes: NUMBER,
          keepOnFailure: YES_NO,
          continues: TEXTS,
          supersedes: TEXT,
          finalErrors: TEXTS,
          finalTypes: TEXTS,
          record: MAP,
          attemptKey: TEXT,
          attemptNames: TEXTS,
          policyPack: MAP,
        },
        ["program", "key"],
        { program: TEXT, key: TEXT, stack: TEXT, outputs: MAP, seconds: NUMBER },
      ),
    },
    "builders:index:Hold": {
      handler: holdHandler({ openStore, now: () => new Date(now()) }),
      schema: resource(
        "That a promoting stack uses a generation of another one: none of its images is deleted meanwhile",
        { ...HOLD, known: TEXTS },
        [...Object.keys(HOLD), "known"],
        { ...HOLD, since: TEXT },
      ),
    },
    "builders:index:ImageGuard": {
      handler: imageGuardHandler({ openStore, ask }),
      schema: resource(
        "Stands before a published image: deleting it fails as long as somebody uses the image",
        GUARD,
        Object.keys(GUARD),
        { ...GUARD, places: TEXTS, object: TEXT },
      ),
    },
    "builders:index:InnerStackOwner": {
      handler: innerStackOwnerHandler(stacks),
      schema: resource(
        "Owns an inner stack from before it is made; deleting it destroys what is left of it",
        { resource: TEXT, program: TEXT, key: TEXT, namespace: TEXT, lease: MAP },
        ["resource", "program", "key", "namespace"],
        { resource: TEXT, program: TEXT, key: TEXT, namespace: TEXT, stack: TEXT },
      ),
    },
    "builders:index:LoopbackPort": {
      handler: loopbackPortHandler(),
      schema: resource("A free TCP port of 127.0.0.1", { range: MAP }, [], { port: WHOLE }),
    },
    "builders:index:RecordSignature": {
      handler: recordSignatureHandler({ openStore }),
      schema: resource(
        "The signature of a commit record, made when the operator's side has checked it",
        { store: MAP, record: TEXT, signature: TEXT, artifact: MAP, keyId: TEXT, privateKey: SECRET_TEXT },
        ["store", "record", "signature", "artifact", "keyId", "privateKey"],
        { store: MAP, record: TEXT, signature: TEXT, artifact: MAP, keyId: TEXT, statement: MAP, recordSha256: TEXT },
      ),
    },
    "builders:index:SshKey": {
      handler: sshKeyHandler(),
      schema: resource("An ed25519 key pair", { comment: TEXT }, [], {
        privateKeyOpenssh: SECRET_TEXT,
        publicKeyOpenssh: TEXT,
      }),
    },
    "builders:index:SshReady": {
      handler: sshReadyHandler({ dial, wait }),
      schema: resource(
        "Waits, with a bound, until somebody can log in to a machine whose host key is known",
        { connection: SECRET_MAP, machine: TEXT },
        ["connection", "machine"],
        { machine: TEXT },
      ),
    },
    "builders:index:StackIdentity": {
      handler: stackIdentityHandler({ openStore }),
      schema: resource(
        "Who a stack is, whatever it is called and wherever its state is",
        { identity: TEXT, registration: MAP, reads: MAP },
        [],
        { identity: TEXT },
      ),
    },
    "builders:index:StackRegistration": {
      handler: stackRegistrationHandler({ openStore }),
      schema: resource(
        "Says in the store what the stack of an identity is called",
        { identity: TEXT, store: MAP, stack: TEXT },
        ["identity", "store", "stack"],
        {},
      ),
    },
    "builders:index:StaleStacks": {
      handler: staleStacksHandler(stacks),
      schema: resource(
        "Destroys the inner stacks that no resource stands for any more",
        {
          namespace: TEXT,
          programs: TEXTS,
          current: TEXTS,
          lease: MAP,
        },
        ["namespace", "programs", "current"],
        { namespace: TEXT, left: TEXTS },
      ),
    },
  };
}
