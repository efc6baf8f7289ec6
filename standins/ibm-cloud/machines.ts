/** The machines behind instances: emulated ones, or such that boot in no time (see standins/machines). */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { REPOSITORY, TOOLS } from "../../cli/local/places";
import type { Arch } from "../../infra/words";
import type { Behind, Entry, Json, World } from "./world";

const SSH = 22;
const MACHINES = join(REPOSITORY, "standins/machines");
/** As the image service reads it: what else is in the file is not looked at. */
const FIRST_LINE = ["bs=512", "count=1"];

/** VPC's words to those of `uname -m`. */
const ARCHITECTURES: Readonly<Record<string, Arch>> = { amd64: "x86_64", s390x: "s390x" };
/** VPC's default for a volume that says nothing. */
const BOOT_GB = 100;
/** What a virtio disk shows of the id of its attachment. */
const SERIAL_CHARACTERS = 20;

export interface MachineOptions {
  /** Of its own: what images were imported from, disks and keys of machines. */
  readonly folder: string;
  /** N of their addresses, 127.N.x.y. */
  readonly addressBlock: number;
  /**
   * Makes them machines of the architecture that their profile has, as qemu emulates it, on the bytes of their images.
   * @default light machines: an ssh server in front of the first line of the disk that their image was imported from
   */
  readonly emulated?: EmulatedOptions;
}

interface EmulatedOptions {
  /** qcow2 that IBM's own images of an architecture stand for. @default instances of them fail */
  readonly stockDisks?: Readonly<Partial<Record<Arch, string>>>;
  /** Does KVM run guests of this machine's own architecture here? @default false */
  readonly kvm?: boolean;
  /** @default 1024 */
  readonly memoryMib?: number;
}

interface Door {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

export class Machines implements Behind {
  private readonly folder: string;
  private readonly machines = new Map<string, ChildProcess>();
  /** Of floating IPs. */
  private readonly doors = new Map<string, Door>();
  private readonly problems: string[] = [];

  constructor(
    private readonly world: World,
    private readonly options: MachineOptions,
  ) {
    this.folder = options.folder;
    for (const name of ["images", "instances"]) mkdirSync(join(this.folder, name), { recursive: true, mode: 0o700 });
  }

  /** The qcow2 file that an image was imported from. */
  imageFile(id: string): string {
    return join(this.folder, "images", id);
  }

  async imported({ json }: Entry, file: string): Promise<void> {
    await copyFile(file, this.imageFile(json.id));
  }

  added(entry: Entry): void {
    if (entry.kind === "floating_ips") this.open(entry);
  }

  runs({ json }: Entry): string | undefined {
    const { emulated } = this.options;
    const { id: image } = json["image"] as { id: string };
    const { architecture: word } = json["vcpu"] as { architecture: string };
    const arch = ARCHITECTURES[word];
    const imported = this.imageFile(image);
    const disk = existsSync(imported) ? imported : arch && emulated?.stockDisks?.[arch];
    if (disk === undefined) return `nothing was imported for image ${image}, so nothing of it can run`;
    const folder = join(this.folder, "instances", json.id);
    mkdirSync(folder, { mode: 0o700 });
    const [given, log] = [join(folder, "given"), join(folder, "log")];
    const { user_data: text = "" } = json as { readonly user_data?: string };
    writeFileSync(given, text, { mode: 0o600 });
    const { primary_ip: ip } = json["primary_network_attachment"] as { primary_ip: { address: string } };
    const of = { ...{ folder, architecture: arch, address: ip.address }, ...{ image: disk, user_data: given } };
    const program = emulated
      ? ["emulated.py", JSON.stringify({ ...of, ...this.hardware(json, emulated) })]
      : ["light.py", folder, ip.address, String(SSH), firstSector(disk, folder), given];
    const python = join(TOOLS, "aws-emulator/bin/python");
    const output = openSync(log, "w", 0o600);
    // It ends with this process, however that ends.
    const command = ["--pdeathsig", "KILL", python, "-B", ...program];
    const machine = spawn("setpriv", command, { cwd: MACHINES, stdio: ["ignore", output, output] });
    closeSync(output);
    this.machines.set(json.id, machine);
    machine.on("error", (error) => this.problems.push(`instance ${json.name}: ${error.message}`));
    machine.on("exit", () => {
      if (this.machines.delete(json.id))
        this.problems.push(`the machine of instance ${json.name} ended by itself: ${readFileSync(log, "utf8")}`);
      // It held keys.
      rmSync(folder, { recursive: true, force: true });
    });
    return undefined;
  }

  ended({ kind, json: { id } }: Entry): void {
    switch (kind) {
      case "images":
        rmSync(this.imageFile(id), { force: true });
        break;
      case "floating_ips":
        this.close(id);
        break;
      case "instances": {
        const machine = this.machines.get(id);
        this.machines.delete(id);
        machine?.kill("SIGKILL");
      }
    }
  }

  /** @throws Error of every machine that ended before its instance did */
  async stop(): Promise<void> {
    const ends = [...this.machines.values()].map((machine) => new Promise((resolve) => machine.once("exit", resolve)));
    for (const machine of this.machines.values()) machine.kill("SIGKILL");
    this.machines.clear();
    for (const id of [...this.doors.keys()]) this.close(id);
    await Promise.all(ends);
    if (this.problems.length > 0) throw new Error(this.problems.join("\n"));
  }

  /** For emulated.py. */
  private hardware(json: Json, { kvm = false, memoryMib = 1024 }: EmulatedOptions): object {
    const attached = json["volume_attachments"] as { device: { id: string }; volume: { id: string } }[];
    const volumes = attached.map(({ device, volume }) => ({
      serial: device.id.slice(0, SERIAL_CHARACTERS),
      gib: this.world.entries.get(volume.id)?.json["capacity"],
    }));
    // A boot volume that nobody asked for is there all the same.
    const boot = "boot_volume_attachment" in json ? [] : [{ serial: "boot", gib: BOOT_GB }];
    return {
      ...{ id: json.id, host_name: json.name, form: "qcow2", volumes: [...boot, ...volumes] },
      ...{ kvm, memory_mib: memoryMib },
    };
  }

  /** A floating IP leads to whatever it is bound to at that moment. */
  private open({ json }: Entry): void {
    const address = String(json["address"]);
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const { id = "" } = (json["target"] ?? {}) as { id?: string };
      const at = this.world.entries.get(id)?.json["primary_ip"] as { address: string } | undefined;
      if (at === undefined) client.destroy();
      else pass(client, connect(SSH, at.address), sockets);
    });
    server.on("error", ({ message }) => this.problems.push(`floating IP ${json.name}: ${message}`));
    server.listen(SSH, address);
    this.doors.set(json.id, { server, sockets });
  }

  private close(id: string): void {
    const door = this.doors.get(id);
    this.doors.delete(id);
    door?.server.close();
    for (const socket of door?.sockets ?? []) socket.destroy();
  }
}

/** As a raw disk, for a light machine. */
function firstSector(image: string, folder: string): string {
  const disk = join(folder, "disk");
  const from = ["dd", "-f", "qcow2", "-O", "raw", ...FIRST_LINE, `if=${image}`, `of=${disk}`];
  execFileSync("qemu-img", from, { stdio: ["ignore", "ignore", "pipe"] });
  return disk;
}

function pass(one: Socket, other: Socket, all: Set<Socket>): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    all.add(from);
    from.pipe(to);
    // Whoever is gone takes the other end along.
    from.on("error", () => to.destroy());
    from.on("close", () => {
      all.delete(from);
      to.destroy();
    });
  }
}
