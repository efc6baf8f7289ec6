import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CredentialsFiles } from "./credentials";
import type { BuiltDisk } from "./disk";
import { openJournal } from "./ebs-journal";
import type { BlockSinkOptions } from "./ebs-sink";
import { BlockWriter } from "./ebs-writer";
import { type Job, StepError } from "./job";
import { gibibytes, gigabytes, GIB } from "./sizes";
import type { EbsUpload, StoredSnapshot } from "./spec";

/** The snapshots that a job writes into, while it writes into them. */
export class Snapshots {
  private constructor(
    private readonly job: Job,
    private readonly uploads: readonly EbsUpload[],
    private readonly writers: readonly BlockWriter[],
    private readonly credentials: CredentialsFiles,
  ) {}

  static async open(job: Job, uploads: readonly EbsUpload[], raw: BuiltDisk): Promise<Snapshots> {
    for (const { region, volumeGib } of uploads) {
      if (raw.sizeBytes <= volumeGib * GIB) continue;
      throw new StepError(
        `the disk has ${gibibytes(raw.sizeBytes)}, the snapshot in ${region} has room for ${volumeGib} GiB; set volumeGib of that target higher`,
      );
    }
    const credentials = new CredentialsFiles(job.folder.path, job.machine.clock);
    // The content: another disk of the same build was built at another time.
    const disk = raw.builtAt;
    await mkdir(job.work, { recursive: true });
    const writers: BlockWriter[] = [];
    for (const place of uploads) {
      const journal = await openJournal(join(job.work, `ebs-${place.region}`), place.snapshotId, disk);
      if (journal.overwritesAll)
        job.output(`snapshot ${place.snapshotId} has blocks of another disk: all are put, zeros too`);
      writers.push(
        new BlockWriter({
          place,
          journal,
          clock: job.machine.clock,
          signal: job.signal,
          say: (line) => job.output(line),
          credentials: async (refused) => {
            const given = await credentials.get(refused, job.signal);
            job.folder.hide([given.secretAccessKey, given.sessionToken ?? ""]);
            return given;
          },
        }),
      );
    }
    return new Snapshots(job, uploads, writers, credentials);
  }

  /** @param dataBytes what is put, for the progress: all data, rounded up to blocks */
  options(dataBytes: number): Omit<BlockSinkOptions, "slots"> {
    return {
      writers: this.writers,
      skip: this.uploads.some(({ encrypted }) => encrypted === true) ? "nothing" : "holes",
      onBytes: (bytes) => this.job.progress(`upload ${gigabytes(Math.min(bytes, dataBytes), dataBytes)}`),
    };
  }

  /** By region. */
  written(): Record<string, StoredSnapshot> {
    const entries = this.writers.map((writer) => {
      const { region, snapshotId, volumeGib } = writer.place;
      return [region, { snapshotId, volumeGib, ...writer.written() }] as const;
    });
    return Object.fromEntries(entries);
  }

  /** Lets go of the connections, and of credentials that nobody needs now. */
  async close(): Promise<void> {
    for (const writer of this.writers) writer.close();
    await this.credentials.remove();
  }
}
