import { z } from "zod";
import { isRecord } from "../../../../contract/is-record";
import { startPending } from "../ebs-lifecycle";
import type { Wait } from "../../../../provider/wait";
import type { OpenSnapshots } from "../ebs-snapshots";
import { type ResourceHandler, neverUpdated, replaceOn } from "../../../../provider/handler";
import { failures, storeSchema } from "../../../../provider/inputs";
import { parse } from "../../../../contract/schemas/parse";
import type { OpenStore } from "../../../../provider/object-store";
import { snapshotShape } from "../ebs-inputs";
import { OWNER_TAG } from "../../../../provider/owner";

const argsSchema = z.object({
  ...snapshotShape,
  volumeGib: z.int().min(1).max(65_536),
  key: z.string().min(1),
  machine: z.string().min(1),
  // The longest there is: longer than a worker may take, and than a person until the run is started again.
  timeoutMinutes: snapshotShape.timeoutMinutes.default(4320),
  record: z.object({ store: storeSchema, object: z.string().min(1) }),
});

export interface EbsUploadOptions {
  readonly openSnapshots: OpenSnapshots;
  readonly openStore: OpenStore;
  readonly wait: Wait;
}

export function ebsUploadHandler({ openSnapshots, openStore, wait }: EbsUploadOptions): ResourceHandler {
  const read = (properties: unknown): z.infer<typeof argsSchema> =>
    parse(argsSchema, properties, "the inputs of an EbsUpload");
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const replaces = ["region", "volumeGib", "key", "machine", "encrypted", "kmsKeyId"];
      return replaceOn(replaces, { ...olds, encrypted: olds.askedEncrypted }, news);
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const { region, volumeGib, key, machine, tags = {}, kmsKeyId } = args;
      // A run that was cut off here finds its snapshot again by the same name.
      const sealed = kmsKeyId === undefined ? [] : [kmsKeyId];
      const name = JSON.stringify(["EbsUpload", tags[OWNER_TAG], region, volumeGib, key, machine, ...sealed]);
      const started = await startPending(openSnapshots(region), name, { ...args, tags }, wait, call.stop);
      return { id: started.snapshotId, outs: { ...inputs.value, askedEncrypted: args.encrypted, ...started } };
    },
    read: async (id, state) => {
      const found = await openSnapshots(read(state.value).region).find(id);
      return found === undefined || found.state === "error" ? undefined : state.value;
    },
    update: neverUpdated,
    delete: async (id, state) => {
      const { region, record } = read(state.value);
      const stored = await openStore(record.store).getJson(record.object);
      const owned = isRecord(stored) && isRecord(stored.snapshots) ? stored.snapshots[region] : undefined;
      if (isRecord(owned) && owned.snapshotId === id) return;
      await openSnapshots(region).delete(id);
    },
  };
}
