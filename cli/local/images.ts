/** The Debian images that the local stacks stand on: made once for each state of their sources, then put in place. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Arch } from "../../infra/words";
import { imageArchitecture } from "../../model/source/platform-arguments";
import { run } from "./commands";
import { virsh } from "./libvirt";
import { hasImage, pushImage, type ImageSpec } from "./oci";
import { madeOnce } from "./once";
import { imagesOf, LIBVIRT, LOCAL, REGISTRY_ADDRESS, workerVolume } from "./places";
import { isMissing } from "./processes";
import { BOOTABLE, debianTrees, IMAGE_BUILDER, makeLayer, readLayer } from "./trees";

/** What is made from the sources, in a folder named after their hash. */
export interface BuiltImages {
  readonly arch: Arch;
  readonly folder: string;
  readonly workerDisk: string;
  /** A kernel of the architecture, to try KVM with. */
  readonly kernel: string;
  readonly base: ImageSpec;
  readonly builder: ImageSpec;
}

/** Makes the images of an architecture unless they are there for these sources. */
export async function buildImages(say: (line: string) => void, arch: Arch = "x86_64"): Promise<BuiltImages> {
  const trees = await debianTrees(arch, say);
  const folder = await madeOnce({
    within: join(LOCAL, "images", arch, "images"),
    sources: [IMAGE_BUILDER, join(BOOTABLE, "make-worker-disk")],
    also: [basename(trees.folder)],
    make: async (target) => {
      const programs = join(target, "programs");
      await Promise.all([
        run(join(BOOTABLE, "make-worker-disk"), [trees.worker, join(target, "worker.qcow2"), arch], {
          timeoutSeconds: 1200,
        }),
        packPrograms(`${programs}.tar`).then(() => makeLayer(`${programs}.tar`, programs)),
      ]);
      rmSync(`${programs}.tar`);
    },
  });
  const names = imagesOf(arch);
  const architecture = imageArchitecture(arch);
  return {
    arch,
    folder,
    workerDisk: join(folder, "worker.qcow2"),
    kernel: trees.kernel,
    base: { ...names.base, architecture, layers: [trees.base], config: { Cmd: ["/sbin/init"] } },
    builder: {
      ...names.builder,
      architecture,
      layers: [trees.base, trees.packages, readLayer(join(folder, "programs"))],
      config: { Entrypoint: ["/usr/lib/image-builder/image-builder"], WorkingDir: "/output" },
    },
  };
}

/** Worker disk into pool `base`, images into the registry; what is there already is left alone. */
export async function placeImages(built: BuiltImages): Promise<void> {
  for (const image of [built.base, built.builder]) {
    const known = join(built.folder, `${basename(image.name)}.pushed`);
    const digest = readIfThere(known);
    if (digest !== undefined && (await hasImage(REGISTRY_ADDRESS, image.name, image.tag, digest))) continue;
    writeFileSync(known, await pushImage(REGISTRY_ADDRESS, image));
  }
  const volume = join(LIBVIRT.pools, "base", workerVolume(built.arch));
  const marker = `${volume}.source`;
  const source = basename(built.folder);
  if (existsSync(volume) && readIfThere(marker) === source) return;
  // Renamed over the old one: guests that run from that keep it open.
  await copyFile(built.workerDisk, `${volume}.new`);
  await rename(`${volume}.new`, volume);
  writeFileSync(marker, source);
  await virsh("pool-refresh", "base");
}

/** The image builder's own programs, the same for every architecture and every time. */
async function packPrograms(tar: string): Promise<void> {
  // prettier-ignore
  await run("tar", ["-C", dirname(IMAGE_BUILDER), "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner",
    "--mode=u=rwX,go=rX", "--exclude=*.test.ts", "--exclude=__pycache__", "--transform=s,^debian-image-builder,./usr/lib/image-builder,",
    "-cf", tar, basename(IMAGE_BUILDER)]);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
