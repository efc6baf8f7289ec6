/** Programs of this machine that make the object from the disk of the store. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const PROGRAMS = ["zstd", "qemu-img"];

/** @param path where commands are looked for */
export function missingPrograms(path: string | undefined = process.env.PATH): string[] {
  const folders = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  return PROGRAMS.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
}
