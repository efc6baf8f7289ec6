import type { BuiltImage } from "./build";
import type { Job } from "../job/job";
import { packagesContainer } from "../job/names";
import { CommandError } from "../machine/processes";
import { sendJson } from "./send";
import type { PackageVersion, StoredDocument } from "../../contract/commit-record";

const LIST_SECONDS = 120;
/** Until podman has ended a container whose time is over. */
const GRACE_SECONDS = 30;
/** What is listed at most: three times the packages of a whole distribution, each with the longest name that is used. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_PACKAGES = 200_000;
const LONGEST_LINE = 512;

/** Letters, digits and what package managers join them with: nothing that a page or a shell would take for its own. */
const LINE = /^([A-Za-z0-9][\w.+-]*) ([A-Za-z0-9][\w.+:~^()-]*)$/;
/** dpkg names those that were removed too, without a version. */
const REMOVED = /^[A-Za-z0-9][\w.+-]* $/;

/** The last day on which the distribution has updates, where it says one: os-release(5). In a subshell, whose end is not ours. */
const SUPPORT = '(. /etc/os-release && echo "SUPPORT_END=$SUPPORT_END") 2>/dev/null';
const SUPPORT_LINE = /^SUPPORT_END=(.*)$/;

const RPM = "-qa --qf '%{NAME} %{EVR}.%{ARCH}\\n'";
/**
 * `SUPPORT_END=DAY`, then one line a package, `NAME VERSION`: asked of each package manager that the image has. One that is there as a tool only, as
 * rpm on Debian, lists nothing. Where rpm's database lacks the files that its library wants to make beside it, a copy has
 * room for them.
 */
const LIST = [
  "[ -x /usr/bin/rpm ] || [ -x /usr/bin/dpkg-query ] || exit 3",
  SUPPORT,
  `[ ! -x /usr/bin/rpm ] || rpm ${RPM} || { cp -rL "$(rpm --eval %_dbpath)" /tmp/rpm && rpm --dbpath /tmp/rpm ${RPM}; } || exit 4`,
  "[ ! -x /usr/bin/dpkg-query ] || dpkg-query -W -f '${Package} ${Version}\\n'",
].join("; ");

/**
 * What the image's own program gets: no network, no right of any kind, no user of the machine's, nothing to write to but a
 * little memory, and none of what podman hands in by itself (volumes of the image, proxies, sockets of systemd). What the
 * machine's containers.conf shares with every container is not shared with this one.
 */
const LOCKED_UP = [
  ...["--network", "none", "--no-hosts", "--pid", "private", "--ipc", "private", "--uts", "private"],
  ...["--cgroupns", "private", "--user", "65534:65534", "--cap-drop", "all"],
  ...["--security-opt", "no-new-privileges", "--pids-limit", "64"],
  // By itself podman asks for the most that the kernel has.
  ...["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"],
  ...["--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp:rw,size=256m,mode=1777,nosuid,nodev,noexec"],
  ...["--image-volume", "ignore", "--http-proxy=false", "--sdnotify", "ignore", "--systemd", "false"],
  ...["--no-healthcheck", "--log-driver", "none", "--workdir", "/", "--env", "HOME=/tmp"],
];

/** What an image says of itself. */
export interface Installed {
  /** Sorted; empty if it can't tell. */
  readonly packages: readonly PackageVersion[];
  /** `2027-05-19`. @default its distribution says none */
  readonly supportEnd?: string;
}

const NOTHING: Installed = { packages: [] };

/**
 * What is installed in the image. Only a container runs anything of the image, see
 * `LOCKED_UP`; what it says is data of somebody else's. A build that can't be listed is no failed build.
 */
export async function listPackages(job: Job, image: BuiltImage): Promise<Installed> {
  const run = (args: readonly string[], seconds: number) =>
    // Beside the image builder: the note of which command runs now is that one's.
    job.machine.run("podman", args, { timeoutMs: seconds * 1000, stdoutLimit: MOST_BYTES, signal: job.signal });
  const name = packagesContainer(job.spec);
  // That of a killed agent is replaced; one whose podman is gone ends with its time.
  const container = ["--rm", "--replace", "--name", name, "--timeout", String(LIST_SECONDS), "--pull", "never"];
  const command = ["--entrypoint", "/bin/sh", image.id, "-c", LIST];
  const listed = await run(["run", ...LOCKED_UP, ...container, ...command], LIST_SECONDS + GRACE_SECONDS);
  if (listed.code === 0) {
    const found = parsePackages(listed.stdout);
    if (!("problem" in found)) return found;
    job.output(`packages are not listed: ${found.problem}`);
    return NOTHING;
  }
  const why = listed.code === 3 ? "the image has neither rpm nor dpkg-query" : listed.tail.join(" ");
  job.output(`packages are not listed: ${why || new CommandError("podman run", listed).message}`);
  // A podman that was ended leaves its container running.
  const removed = await run(["rm", "--force", "--ignore", "--time", "0", name], GRACE_SECONDS);
  if (removed.code !== 0) job.output(`container ${name} may still be there: ${removed.tail.join(" ")}`);
  return NOTHING;
}

type Parsed = Installed | { readonly problem: string };

/** By name, then version: several kernels have one name. One line that is none of a package, and none is believed. */
export function parsePackages(text: string): Parsed {
  const packages: PackageVersion[] = [];
  const [first = "", ...others] = text.split("\n");
  const said = SUPPORT_LINE.exec(first)?.[1];
  for (const [index, line] of [said === undefined ? first : "", ...others].entries()) {
    if (line === "" || (line.length <= LONGEST_LINE && REMOVED.test(line))) continue;
    const [, name, version] = (line.length <= LONGEST_LINE && LINE.exec(line)) || [];
    if (name === undefined || version === undefined)
      return { problem: `line ${index + 1} of the image's list is not "NAME VERSION"` };
    packages.push({ name, version });
    if (packages.length > MOST_PACKAGES) return { problem: `the image lists more than ${MOST_PACKAGES} packages` };
  }
  return {
    packages: packages.sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version)),
    ...(said !== undefined && isDay(said) && { supportEnd: said }),
  };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export interface PackageList extends Installed {
  readonly stored: StoredDocument;
}

/** Puts the list into the store, where reports compare it; undefined if nobody asked for one. */
export async function keepPackages(job: Job, image: BuiltImage): Promise<PackageList | undefined> {
  if (job.spec.packages === undefined) return undefined;
  const installed = await listPackages(job, image);
  const stored = await sendJson(job, "packages.json", `${JSON.stringify(installed.packages)}\n`, {
    object: job.spec.packages.object,
    url: async () => (await job.folder.spec()).packages?.url ?? "",
  });
  return { ...installed, stored };
}
