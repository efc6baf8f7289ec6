/** One image of the report for programs: its disk, its documents, its places. */
import * as z from "zod";
import type { LedgerEntry, PlacePlan } from "../../model/plan";
import type { Facts } from "./facts";
import type { DiskDocuments, KeptDocument } from "./kept";
import { senderOf, SENDERS, type Sender } from "./senders";

const document = z
  .strictObject({
    address: z.string().meta({ description: "s3://BUCKET/OBJECT" }),
    sha256: z.string().nullable().meta({ description: "As the commit record says; null in those of versions before." }),
    problem: z
      .string()
      .nullable()
      .meta({ description: "Why it is not to be believed; null if it is as the record says." }),
  })
  .nullable()
  .meta({ description: "null where the build kept none, or its record can't be read." });

export const imageSchema = z.strictObject({
  arch: z.string(),
  key: z.string().meta({ description: "Build key, 64 hex digits: what the disk was made from." }),
  disk: z
    .strictObject({
      builtAt: z.string(),
      sizeBytes: z.number().meta({ description: "Virtual." }),
      dataBytes: z.number().meta({ description: "Not in a hole." }),
      storedBytes: z.number().meta({ description: "Of its objects in the store." }),
      sha256: z.string(),
      imageDigest: z.string().meta({ description: "Of the OCI image." }),
      worker: z.strictObject({ platform: z.string(), type: z.string() }),
      seconds: z.record(z.string(), z.number()).meta({ description: "By step of the build." }),
      firstBoot: z
        .strictObject({
          by: z.enum(["kvm", "emulation"]).nullable().meta({ description: "null where it was left out." }),
          seconds: z.number().nullable().meta({ description: "From power-on to ready." }),
          notBooted: z.string().nullable().meta({ description: "Why it was left out." }),
        })
        .nullable()
        .meta({ description: "Where it was built, before it was sent; null where it was off." }),
      sbom: document,
      supportEnd: z
        .string()
        .nullable()
        .meta({ description: "Last day on which its distribution has updates; null where the SBOM says none." }),
      provenance: document,
      recordProblem: z
        .string()
        .nullable()
        .meta({ description: "Why its commit record can't be read, or is not to be believed; null if all is well." }),
    })
    .nullable()
    .meta({ description: "null where nothing is known of it any more." }),
  places: z.array(
    z.strictObject({
      path: z.array(z.string()).meta({ description: "Of the id in the outputs images and previousImages." }),
      id: z.string().nullable().meta({ description: "Of the image, as its platform names it." }),
      sentBy: z.enum(SENDERS).meta({
        description:
          "Who sent the disk: the worker, the operator's machine from the store, or the place fetched it; copy: of an image elsewhere; nobody: the image was there before the stack.",
      }),
      sentWhy: z
        .string()
        .nullable()
        .meta({ description: "Why it was not the worker, where that said so; which place it is a copy of." }),
      publishSeconds: z.number().nullable(),
      bootSeconds: z.array(z.number()).meta({ description: "From power-on to ready, one number a boot." }),
    }),
  ),
});

export function imageJson(
  { arch, key, places }: LedgerEntry["images"][number],
  entry: LedgerEntry,
  { documents }: Facts,
): z.infer<typeof imageSchema> {
  const disk = entry.disks[key];
  return {
    arch,
    key,
    disk: disk === undefined ? null : pick(disk, documents.get(key) ?? {}),
    places: places.map((place) => placeJson(place, entry, senderOf(place, documents.get(key)?.sent))),
  };
}

function placeJson({ id, outputPath }: PlacePlan, entry: LedgerEntry, { by, why }: Sender) {
  return {
    path: [...outputPath],
    id: entry.published[id] ?? null,
    sentBy: by,
    sentWhy: why ?? null,
    publishSeconds: entry.publishSeconds[id] ?? null,
    bootSeconds: [...(entry.bootSeconds[id] ?? [])],
  };
}

function pick(disk: LedgerEntry["disks"][string], documents: DiskDocuments): z.infer<typeof imageSchema>["disk"] {
  const { builtAt, sizeBytes, dataBytes, storedBytes, sha256, imageDigest, seconds } = disk;
  const worker = { platform: disk.worker.platform, type: disk.worker.type };
  return {
    ...{ builtAt, sizeBytes, dataBytes, storedBytes, sha256, imageDigest, worker, seconds: { ...seconds } },
    firstBoot: firstBootJson(disk.firstBoot),
    sbom: documentJson(documents.sbom),
    supportEnd: documents.supportEnd ?? null,
    provenance: documentJson(documents.provenance),
    recordProblem: documents.problem ?? null,
  };
}

function firstBootJson(boot: LedgerEntry["disks"][string]["firstBoot"]) {
  if (boot === undefined) return null;
  if ("notBooted" in boot) return { by: null, seconds: null, notBooted: boot.notBooted };
  return { by: boot.by, seconds: boot.seconds, notBooted: null };
}

function documentJson(found: KeptDocument | undefined): z.infer<typeof document> {
  if (found === undefined) return null;
  return { address: found.address, sha256: found.sha256 ?? null, problem: found.problem ?? null };
}
