/** A hypervisor of files: the scripts run for real, only virsh is a stand-in. */
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Run, run } from "../../../../../provider/process";

export interface FakeHypervisor {
  /** Each folder of it is a pool; `images` and `workers` are there. */
  readonly pools: string;
  readonly images: string;
  readonly workers: string;
  readonly env: NodeJS.ProcessEnv;
  readonly run: Run;
  /** Defines a domain with these disks, as in its XML. */
  domain(name: string, disks: string, running?: boolean): void;
  undefine(name: string): void;
  /** The words of the mark beside a volume of `images`; undefined without one. */
  mark(name: string): readonly string[] | undefined;
}

export function fakeHypervisor(): FakeHypervisor {
  const folder = mkdtempSync(join(tmpdir(), "builders-pool-"));
  const pools = join(folder, "pools");
  const [images, workers] = [join(pools, "images"), join(pools, "workers")];
  for (const one of [images, workers, join(folder, "bin"), `${pools}.domains`]) mkdirSync(one, { recursive: true });
  const virsh = join(folder, "bin", "virsh");
  copyFileSync(join(__dirname, "fake-virsh.sh"), virsh);
  chmodSync(virsh, 0o755);
  const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}`, FAKE_POOLS: pools };
  return {
    pools,
    images,
    workers,
    env,
    run: (command, args, options) => run(command, args, { ...options, env }),
    domain: (name, disks, running = false) => {
      writeFileSync(
        join(`${pools}.domains`, name),
        `<domain type='qemu'${running ? " id='7'" : ""}>\n<devices>\n${disks}\n</devices>\n</domain>\n`,
      );
      if (running) writeFileSync(join(`${pools}.domains`, `${name}.running`), "");
    },
    undefine: (name) => {
      for (const file of [name, `${name}.running`]) rmSync(join(`${pools}.domains`, file), { force: true });
    },
    mark: (name) => {
      const link = join(images, `${name}.owner`);
      if (statSync(link, { throwIfNoEntry: false }) !== undefined) throw new Error(`${link} leads somewhere`);
      try {
        return readlinkSync(link).split(" ");
      } catch {
        return undefined;
      }
    },
  };
}

/** Volumes, marks, half volumes and domains whose names are almost this one: thirteen for each count. */
export function lookAlikes(hypervisor: FakeHypervisor, name: string, identity: string, counts = 25): void {
  for (let count = 0; count < counts; count++) {
    const alike = [
      `${name}${count}`,
      `${name}-${count}`,
      `${name}.${count}`,
      `x${count}${name}`,
      name.slice(0, -2) + `${count}`,
    ];
    for (const [index, one] of alike.entries()) {
      const file = join(index % 2 === 0 ? hypervisor.images : hypervisor.workers, one);
      writeFileSync(file, `bytes of ${one}`);
      const { size, mtimeMs } = statSync(file);
      const fingerprint = `${size}-${Math.floor(mtimeMs / 1000)}`;
      symlinkSync(`copr-builders ${identity} ${"0".repeat(64)} ${fingerprint} neighbour`, `${file}.owner`);
      if (index < 2) hypervisor.domain(one, `<source file='${file}'/>`, count % 2 === 0);
    }
    writeFileSync(join(hypervisor.images, `${name}.partial.${identity}.${count}`), "half of a neighbour's");
  }
}

/** All that is there, by its path: bytes of files, what links say. Only of this name, if one is given. */
export function remember(hypervisor: FakeHypervisor, name?: string): Readonly<Record<string, string>> {
  const { images, workers, pools } = hypervisor;
  const paths = [images, workers, `${pools}.domains`].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => name === undefined || file === name || file === `${name}.owner`)
      .map((file) => join(folder, file)),
  );
  return Object.fromEntries(
    paths.map((path) => [path, lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, "base64")]),
  );
}
