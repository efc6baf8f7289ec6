/**
 * `npm run bench:clouds`: one disk from a worker to the images of three clouds at once: two regions of AWS (emulator), three of IBM
 * Cloud (stand-in, over a real S3 server), one OpenStack (a fake Glance, or `--glance released`). Each way has a bandwidth of its own, so that
 * the bytes decide and not this machine: a tenth of a real disk at a tenth of a real bandwidth, so that what we wait for besides
 * weighs as it really does. Against the same bytes alone over the same ways. Fails if it takes more than 1.3 times as long.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sendAlone } from "./clouds/alone";
import { makeDisk } from "./clouds/disk";
import { CLOUDS } from "./clouds/publish";
import { startServices } from "./clouds/services";
import { makeWorker } from "./clouds/worker";

const MOST_RATIO = 1.3;
const MB = 1e6;

const { values } = parseArgs({
  options: {
    "size-mib": { type: "string", default: "1024" },
    "data-mib": { type: "string", default: "192" },
    "mb-per-second": { type: "string", default: "10" },
    /** `released`: Keystone and Glance themselves. */
    glance: { type: "string", default: "fake" },
  },
});

async function main(): Promise<void> {
  const [sizeMib, dataMib, rate] = [
    Number(values["size-mib"]),
    Number(values["data-mib"]),
    Number(values["mb-per-second"]),
  ];
  const folder = mkdtempSync(join(process.env["BENCH_FOLDER"] ?? tmpdir(), "clouds-"));
  const stops: (() => Promise<void>)[] = [];
  try {
    const disk = join(folder, "disk.raw");
    await makeDisk(disk, sizeMib, dataMib);
    const released = values.glance === "released";
    const services = await startServices(join(folder, "services"), { bytesPerSecond: rate * MB, released }, stops);
    const { links } = services;
    const worker = await makeWorker(join(folder, "worker"), disk, sizeMib, services);
    console.log(
      `the disk: ${sizeMib} MiB, ${dataMib} of them data; ${rate} MB/s to each service; Glance: ${values.glance}`,
    );

    const began = performance.now();
    const since = (): number => (performance.now() - began) / 1000;
    const before = Object.values(links).map(({ passed }) => passed.there);
    const record = await worker.send();
    const finished = since();
    console.log(`the worker has sent all and committed: ${finished.toFixed(1)} s`);
    const usable = await Promise.all(
      Object.entries(CLOUDS).map(async ([cloud, publish]) => {
        await publish(record, services, folder);
        console.log(`images of ${cloud} can be used: ${since().toFixed(1)} s`);
        return since();
      }),
    );
    const names = Object.keys(links) as (keyof typeof links)[];
    const loads = Object.fromEntries(
      names.map((name, index) => [name, links[name].passed.there - (before[index] ?? 0)]),
    ) as Record<keyof typeof links, number>;
    const alone = await sendAlone(links, loads);
    for (const name of names)
      console.log(`${name}: ${(loads[name] / MB).toFixed(0)} MB, alone ${alone[name].toFixed(1)} s`);
    const [all, bytes] = [Math.max(...usable), Math.max(...Object.values(alone))];
    const ratio = all / bytes;
    console.log(
      `all images: ${all.toFixed(1)} s, the bytes alone: ${bytes.toFixed(1)} s, ratio ${ratio.toFixed(2)}, at most ${MOST_RATIO} is right`,
    );
    if (!(ratio <= MOST_RATIO)) throw new Error(`the images take ${ratio.toFixed(2)} of the time of their bytes`);
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
