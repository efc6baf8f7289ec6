/** What the store keeps beside a disk for those who ask what is in it and where it comes from. */
import type { BuiltImage } from "./build";
import type { BuiltDisk } from "./disk";
import type { PackageList } from "./packages";
import type { Job } from "../job/job";
import { sendJson } from "./send";
import { spdxDocument } from "./spdx";
import type { CommitRecord, StoredObject } from "../../contract/commit-record";
import { provenanceStatement } from "../../contract/provenance";

interface Made {
  readonly image: BuiltImage;
  readonly raw: BuiltDisk;
  readonly disk: CommitRecord["disk"];
  readonly list: PackageList | undefined;
}

/** By their names in the record; none where nobody asked for them. */
export async function keepStatements(job: Job, made: Made): Promise<Readonly<Record<string, StoredObject>>> {
  const { statements, key, arch, worker, uploads } = job.spec;
  if (statements === undefined) return {};
  const { image, raw, disk, list } = made;
  const { sbom, provenance } = statements;
  const name = `copr-builder ${arch} ${key.slice(0, 8)}`;
  const subject = {
    ...{ name, imageDigest: image.digest, diskSha256: disk.sha256, builtAt: raw.builtAt },
    ...(list?.supportEnd !== undefined && { supportEnd: list.supportEnd }),
  };
  const document = `${JSON.stringify(spdxDocument(subject, list?.packages ?? []))}\n`;
  const stored = await sendJson(job, "sbom.spdx.json", document, {
    object: sbom.object,
    url: async () => (await job.folder.spec()).statements?.sbom.url ?? "",
  });
  const startedOn = new Date(await job.folder.firstStart(job.machine.clock.now())).toISOString();
  const statement = provenanceStatement(provenance.order, {
    ...{ key, arch, worker, startedOn, finishedOn: raw.builtAt, sha256: disk.sha256 },
    object: uploads.find((upload) => upload.format === "raw.zst")?.object ?? key,
    byproducts: [
      { name: stored.object, digest: { sha256: stored.sha256 } },
      { name: "OCI image", digest: { sha256: image.digest.replace(/^sha256:/, "") } },
    ],
  });
  return {
    "sbom.spdx.json": stored,
    "provenance.json": await sendJson(job, "provenance.json", `${JSON.stringify(statement)}\n`, {
      object: provenance.object,
      url: async () => (await job.folder.spec()).statements?.provenance.url ?? "",
    }),
  };
}
