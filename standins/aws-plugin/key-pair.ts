/** `aws:ec2/keyPair:KeyPair`: a public key that EC2 puts on new instances. Its id is its name. */
import { DeleteKeyPairCommand, DescribeKeyPairsCommand, ImportKeyPairCommand } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { ec2Arn } from "./arn";
import { codeOf, found, wasRetried } from "./errors";
import type { Call, ResourceKind } from "./kind";
import { regionInput, tagsInput } from "./schemas";
import { fromList, tagSpecification } from "./tags";
import { until, VISIBLE_MS } from "./wait";

const schema = z.strictObject({
  keyName: z.string().min(1),
  publicKey: z.string().min(1),
  region: regionInput,
  tags: tagsInput,
});
type Inputs = z.infer<typeof schema>;

async function describe(name: string, call: Call) {
  const command = new DescribeKeyPairsCommand({ KeyNames: [name], IncludePublicKey: true });
  return (await found(call.ec2.send(command)))?.KeyPairs?.[0];
}

export const keyPair: ResourceKind<Inputs> = {
  schema,
  nameProperty: "keyName",
  updatable: [],
  tagged: true,
  computed: ["arn", "fingerprint", "keyPairId", "keyType"],
  start: async ({ keyName, publicKey, tags }, call) => {
    const command = new ImportKeyPairCommand({
      KeyName: keyName,
      PublicKeyMaterial: Buffer.from(publicKey),
      TagSpecifications: tagSpecification("key-pair", { ...call.defaultTags, ...tags }),
    });
    try {
      await call.ec2.send(command);
    } catch (error) {
      const ours = codeOf(error) === "InvalidKeyPair.Duplicate" && wasRetried(error);
      if (!ours) throw error;
      const what = `key pair ${keyName}, made by an attempt whose answer was lost`;
      const there = await until({ what, timeoutMs: VISIBLE_MS }, call, () => describe(keyName, call));
      if (!isSameKey(there.PublicKey, publicKey)) throw error;
    }
    return keyName;
  },
  settle: async (id, _inputs, call) => {
    const what = `key pair ${id} to be known everywhere`;
    await until({ what, timeoutMs: VISIBLE_MS, agreeing: 2 }, call, () => describe(id, call));
  },
  look: async (id, call) => {
    const pair = await describe(id, call);
    if (pair === undefined) return undefined;
    return {
      arn: ec2Arn(call.region, await call.account(), `key-pair/${id}`),
      fingerprint: pair.KeyFingerprint,
      keyName: pair.KeyName,
      keyPairId: pair.KeyPairId,
      keyType: pair.KeyType,
      tagsAll: fromList(pair.Tags),
    };
  },
  tagTarget: (id, state) => (typeof state["keyPairId"] === "string" ? state["keyPairId"] : id),
  remove: async (id, _state, call) => {
    await found(call.ec2.send(new DeleteKeyPairCommand({ KeyName: id })));
  },
};

/** Type and key; the comment is left out, for EC2 keeps its own. */
function isSameKey(one: string | undefined, other: string): boolean {
  const material = (text: string) => text.trim().split(/\s+/).slice(0, 2).join(" ");
  return one !== undefined && material(one) === material(other);
}
