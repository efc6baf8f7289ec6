/**
 * `npm run bench:context`: how long a large context takes to be known, and how much memory: 10,000 files of 8 KiB, and a folder with
 * 5 GiB sparse and 1 GiB dense. First with nothing known, then again as the next run does; beside it `tar | sha256sum`, which knows
 * nothing the second time either. Each in a process of its own.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { GIB } from "../contract/sizes";
import { digestContext } from "../model/source";

const FILES = 10_000;
const FILE_BYTES = 8 * 1024;
const PIECE_BYTES = 1024 ** 2;
/** A file that was just written is not remembered. */
const SETTLED_MS = 3_000;

async function measured(folder: string, cache: string): Promise<void> {
  const began = process.hrtime.bigint();
  const lines: string[] = [];
  const say = (line: string) => Promise.resolve(void lines.push(line));
  const { hash } = await digestContext(folder, undefined, { cache, say });
  const seconds = (Number(process.hrtime.bigint() - began) / 1e9).toFixed(1);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cpu = ((userCPUTime + systemCPUTime) / 1e6).toFixed(1);
  const last = lines.at(-1)?.replace(`${folder}: `, "");
  console.log(`${hash.slice(0, 8)}  ${seconds} s, ${cpu} s of a processor, ${Math.round(maxRSS / 1024)} MiB at most`);
  if (last !== undefined) console.log(`          said ${lines.length} times, last: ${last}`);
}

function makeMany(folder: string): void {
  const content = Buffer.alloc(FILE_BYTES);
  for (let index = 0; index < FILES; index++) {
    const inside = path.join(folder, `d${index % 100}`);
    mkdirSync(inside, { recursive: true });
    writeFileSync(path.join(inside, `f${index}`), randomFillSync(content));
  }
}

function makeLarge(folder: string): void {
  writeFileSync(path.join(folder, "sparse"), "");
  truncateSync(path.join(folder, "sparse"), 5 * GIB);
  const piece = randomFillSync(Buffer.alloc(PIECE_BYTES));
  const fd = openSync(path.join(folder, "dense"), "w");
  for (let written = 0; written < GIB; written += PIECE_BYTES) writeSync(fd, piece);
  closeSync(fd);
}

async function main(): Promise<void> {
  const [folder, cache] = process.argv.slice(2);
  if (folder !== undefined && cache !== undefined) return measured(folder, cache);
  const base = mkdtempSync(path.join(tmpdir(), "bench-context-"));
  try {
    for (const [name, make] of Object.entries({ many: makeMany, large: makeLarge })) {
      const made = path.join(base, name);
      mkdirSync(made);
      writeFileSync(path.join(made, "Containerfile"), "FROM scratch\nCOPY . /\n");
      make(made);
      await delay(SETTLED_MS);
      for (const time of ["first", "again"]) {
        console.log(`${name}, ${time}:`);
        const own = [...process.execArgv, __filename, made, path.join(base, "cache")];
        execFileSync(process.execPath, own, { stdio: ["ignore", "inherit", "inherit"] });
      }
      const began = Date.now();
      spawnSync("sh", ["-c", "tar -c . | sha256sum"], { cwd: made, stdio: ["ignore", "ignore", "inherit"] });
      console.log(`${name}, tar | sha256sum: ${((Date.now() - began) / 1000).toFixed(1)} s`);
    }
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

void main();
