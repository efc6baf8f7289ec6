/** What s390x starts from a SCSI or virtio disk: zipl's boot record, which leads to its table of programs. */
import { type Read, SECTOR } from "./sectors";
import { need } from "./unbootable";

const MAGIC = "zIPL";
/** In the boot record: block of the table of programs. In the table: block of the first program's components. */
const POINTER = 16;

export async function checkZipl(read: Read): Promise<void> {
  const table = await pointer(read, 0, "boot record in the first sector");
  const components = await pointer(read, table, "table of programs");
  await record(read, components, "list of components");
}

async function pointer(read: Read, block: number, what: string): Promise<number> {
  const found = Number((await record(read, block, what)).readBigUInt64BE(POINTER));
  need(found > 0 && Number.isSafeInteger(found * SECTOR), `zipl's ${what} leads nowhere`);
  return found;
}

async function record(read: Read, block: number, what: string): Promise<Buffer> {
  const data = await read(block * SECTOR, SECTOR);
  need(data.toString("latin1", 0, 4) === MAGIC, `no ${what} of zipl's (${MAGIC} at byte ${block * SECTOR})`);
  return data;
}
