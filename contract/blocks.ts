/** A disk in a snapshot, block by block: what the agent's orders, its record, the writer and the provider agree on. */
import { GIB } from "./sizes";

/** The one block size of EBS direct. Source: Amazon EBS user guide, "Concepts for EBS direct APIs". */
export const BLOCK_BYTES = 512 * 1024;
export const BLOCKS_PER_GIB = GIB / BLOCK_BYTES;

/** What names of AWS regions look like, of every partition: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. */
export const AWS_REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

export const SNAPSHOT_ID = /^snap-[0-9a-f]{1,40}$/;
