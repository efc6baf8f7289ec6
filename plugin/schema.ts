/** The package's schema, as `pulumi package get-schema` shows it and converters read it. */

const TEXT = { type: "string" } as const;
const WHOLE = { type: "integer" } as const;
const NUMBER = { type: "number" } as const;
const YES_NO = { type: "boolean" } as const;
const ANY = { $ref: "pulumi.json#/Any" } as const;
const MAP = { type: "object", additionalProperties: ANY } as const;
const TEXTS = { type: "array", items: TEXT } as const;
const TAGS = { type: "object", additionalProperties: TEXT } as const;
const SECRET_TEXT = { type: "string", secret: true } as const;

const HOLD = { store: MAP, owner: TEXT, from: TEXT, generation: TEXT, reader: TEXT, stack: TEXT, images: TAGS };
const GUARD = {
  ...{ store: MAP, identity: TEXT, generation: TEXT, imageName: TEXT, imageId: TEXT, place: TEXT },
  readers: { type: "array", items: TEXT },
};

type Fields = Readonly<Record<string, object>>;

function resource(description: string, inputs: Fields, required: readonly string[], outputs: Fields): object {
  return {
    description,
    inputProperties: inputs,
    requiredInputs: required,
    properties: outputs,
    required: Object.keys(outputs),
  };
}

export function schemaText(version: string): string {
  return JSON.stringify({
    name: "builders",
    version,
    description: "Temporary stacks, and what image builds need and no other provider offers",
    resources: {
      "builders:index:Artifact": resource(
        "Owner of what a build stored: deleted with its generation",
        { store: MAP, record: TEXT, key: TEXT, objects: TEXTS, identity: TEXT, regions: TEXTS },
        ["store", "record", "key", "objects", "identity"],
        { store: MAP, record: TEXT, key: TEXT, objects: TEXTS, identity: TEXT, regions: TEXTS },
      ),
      "builders:index:AwsImageName": resource(
        "The name of one AMI of ours: refuses one that is taken, removes what was left half made, ends the image",
        { region: TEXT, name: TEXT, stack: TEXT, owner: MAP, origin: MAP, again: TEXT },
        ["region", "name", "stack", "owner", "origin"],
        { era: WHOLE, name: TEXT, origin: MAP },
      ),
      "builders:index:AwsImageReady": resource(
        "Waits until several answers of EC2 in a row say that an AMI is available, and says that a state knows of it",
        { region: TEXT, imageId: TEXT, name: TEXT, stack: TEXT, identity: TEXT, copied: YES_NO },
        ["region", "imageId", "name", "stack", "identity", "copied"],
        { region: TEXT, imageId: TEXT },
      ),
      "builders:index:AwsSweep": resource(
        "Ends what nobody knows of any more in EC2, when it is created and when it is deleted",
        { region: TEXT, bearing: { type: "array", items: TAGS } },
        ["region", "bearing"],
        { region: TEXT, bearing: { type: "array", items: TAGS } },
      ),
      "builders:index:EbsCredentials": resource(
        "Keeps an agent supplied with AWS credentials for putting blocks into some snapshots",
        {
          connection: { ...MAP, secret: true },
          program: TEXT,
          folder: TEXT,
          uploads: { type: "array", items: ANY },
          machine: TEXT,
          lifetimeMinutes: NUMBER,
        },
        ["connection", "program", "folder", "uploads", "machine"],
        { machine: TEXT },
      ),
      "builders:index:EbsSnapshot": resource(
        "An EBS snapshot with the content of a disk image, written with the EBS direct APIs",
        {
          region: TEXT,
          source: MAP,
          sha256: TEXT,
          volumeGib: WHOLE,
          description: TEXT,
          tags: TAGS,
          encrypted: YES_NO,
          kmsKeyId: TEXT,
          skip: TEXT,
          timeoutMinutes: WHOLE,
          again: TEXT,
        },
        ["region", "source"],
        { snapshotId: TEXT, volumeGib: WHOLE, encrypted: YES_NO, changedBlocks: WHOLE, checksum: TEXT },
      ),
      "builders:index:EbsUpload": resource(
        "A snapshot that waits for the blocks of a worker",
        {
          region: TEXT,
          volumeGib: WHOLE,
          key: TEXT,
          machine: TEXT,
          description: TEXT,
          tags: TAGS,
          timeoutMinutes: WHOLE,
          encrypted: YES_NO,
          kmsKeyId: TEXT,
          record: MAP,
        },
        ["region", "volumeGib", "key", "machine", "record"],
        { snapshotId: TEXT, encrypted: YES_NO, region: TEXT, volumeGib: WHOLE },
      ),
      "builders:index:EphemeralStack": resource(
        "Runs another Pulumi program to completion, keeps its outputs, destroys what it made",
        {
          program: TEXT,
          key: TEXT,
          again: TEXT,
          formerKeys: { type: "array", items: TEXT },
          namespace: TEXT,
          lease: MAP,
          config: MAP,
          secrets: { ...MAP, secret: true },
          attempts: WHOLE,
          timeoutMinutes: NUMBER,
          keepOnFailure: YES_NO,
          continues: { type: "array", items: TEXT },
          supersedes: TEXT,
          finalErrors: { type: "array", items: TEXT },
          finalTypes: { type: "array", items: TEXT },
          record: MAP,
          attemptKey: TEXT,
          attemptNames: { type: "array", items: TEXT },
        },
        ["program", "key"],
        { program: TEXT, key: TEXT, stack: TEXT, outputs: MAP, seconds: NUMBER },
      ),
      "builders:index:Hold": resource(
        "That a promoting stack uses a generation of another one: none of its images is deleted meanwhile",
        { ...HOLD, known: { type: "array", items: TEXT } },
        [...Object.keys(HOLD), "known"],
        { ...HOLD, since: TEXT },
      ),
      "builders:index:ImageGuard": resource(
        "Stands before a published image: deleting it fails as long as somebody uses the image",
        GUARD,
        Object.keys(GUARD),
        { ...GUARD, places: { type: "array", items: TEXT }, object: TEXT },
      ),
      "builders:index:InnerStackOwner": resource(
        "Owns an inner stack from before it is made; deleting it destroys what is left of it",
        { resource: TEXT, program: TEXT, key: TEXT, namespace: TEXT, lease: MAP },
        ["resource", "program", "key", "namespace"],
        { resource: TEXT, program: TEXT, key: TEXT, namespace: TEXT, stack: TEXT },
      ),
      "builders:index:LibvirtImage": resource(
        "A raw volume that the hypervisor pulls from an object store",
        {
          uri: TEXT,
          pool: TEXT,
          name: TEXT,
          sizeBytes: WHOLE,
          dataBytes: WHOLE,
          sha256: TEXT,
          object: MAP,
          store: MAP,
          owner: MAP,
          again: TEXT,
        },
        ["uri", "pool", "name", "sizeBytes", "sha256", "object", "store", "owner"],
        { volumeName: TEXT, capacity: WHOLE, allocation: WHOLE, seconds: NUMBER },
      ),
      "builders:index:LibvirtImageName": resource(
        "Owns the name of a volume from before it is pulled; deleting it deletes the volume under that owner's mark",
        { uri: TEXT, pool: TEXT, name: TEXT, owner: MAP },
        ["uri", "pool", "name", "owner"],
        { uri: TEXT, pool: TEXT, name: TEXT, owner: MAP },
      ),
      "builders:index:LibvirtSweep": resource(
        "Removes what nobody knows of any more from a hypervisor, when it is created and when it is deleted",
        { uri: TEXT, domain: TEXT, pool: TEXT, volumes: { type: "array", items: TEXT } },
        ["uri", "domain", "pool", "volumes"],
        { uri: TEXT, domain: TEXT, pool: TEXT, volumes: { type: "array", items: TEXT } },
      ),
      "builders:index:LoopbackPort": resource("A free TCP port of 127.0.0.1", { range: MAP }, [], { port: WHOLE }),
      "builders:index:SshKey": resource("An ed25519 key pair", { comment: TEXT }, [], {
        privateKeyOpenssh: SECRET_TEXT,
        publicKeyOpenssh: TEXT,
      }),
      "builders:index:SshReady": resource(
        "Waits, with a bound, until somebody can log in to a machine whose host key is known",
        { connection: { ...MAP, secret: true }, machine: TEXT },
        ["connection", "machine"],
        { machine: TEXT },
      ),
      "builders:index:StackIdentity": resource(
        "Who a stack is, whatever it is called and wherever its state is",
        { identity: TEXT, registration: MAP, reads: MAP },
        [],
        { identity: TEXT },
      ),
      "builders:index:StackRegistration": resource(
        "Says in the store what the stack of an identity is called",
        { identity: TEXT, store: MAP, stack: TEXT },
        ["identity", "store", "stack"],
        {},
      ),
      "builders:index:StaleStacks": resource(
        "Destroys the inner stacks that no resource stands for any more",
        {
          namespace: TEXT,
          programs: { type: "array", items: TEXT },
          current: { type: "array", items: TEXT },
          lease: MAP,
        },
        ["namespace", "programs", "current"],
        { namespace: TEXT, left: { type: "array", items: TEXT } },
      ),
    },
  });
}
