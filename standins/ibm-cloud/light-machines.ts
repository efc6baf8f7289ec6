/** Instances as machines that boot in no time (see standins/light-machine), for tests that are not about booting. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { REPOSITORY, TOOLS } from "../../cli/local/places";
import type { Behind, Entry, World } from "./world";

const SSH = 22;
const MAIN = join(REPOSITORY, "standins/light-machine/main.py");
/** As the image service reads it: what else is in the file is not looked at. */
const FIRST_LINE = ["bs=512", "count=1"];

interface Door {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

export class LightMachines implements Behind {
  private readonly machines = new Map<string, ChildProcess>();
  /** Of floating IPs. */
  private readonly doors = new Map<string, Door>();
  private readonly problems: string[] = [];

  /** @param folder of its own: what images were imported from, keys of machines */
  constructor(
    private readonly world: World,
    private readonly folder: string,
  ) {
    for (const name of ["images", "instances"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
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
    const { id: image } = json["image"] as { id: string };
    if (!existsSync(this.imageFile(image))) return `nothing was imported for image ${image}, so nothing of it can run`;
    const folder = join(this.folder, "instances", json.id);
    mkdirSync(folder, { mode: 0o700 });
    const [disk, userData, log] = ["disk", "user-data", "log"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const from = ["dd", "-f", "qcow2", "-O", "raw", ...FIRST_LINE, `if=${this.imageFile(image)}`, `of=${disk}`];
    execFileSync("qemu-img", from, { stdio: ["ignore", "ignore", "pipe"] });
    const { user_data: text = "" } = json as { readonly user_data?: string };
    writeFileSync(userData, text, { mode: 0o600 });
    const { primary_ip: at } = json["primary_network_attachment"] as { primary_ip: { address: string } };
    const python = join(TOOLS, "aws-emulator/bin/python");
    const output = openSync(log, "w", 0o600);
    // It ends with this process, however that ends.
    const command = ["--pdeathsig", "KILL", python, "-B", MAIN, folder, at.address, String(SSH), disk, userData];
    const machine = spawn("setpriv", command, { stdio: ["ignore", output, output] });
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
