/** How podman builds an image, beyond what the Containerfile says: `source.options`. */

export interface BuildOptions {
  /** `label=...`, `seccomp=unconfined`, `apparmor=unconfined`. @default the worker's own */
  readonly securityOpt?: readonly string[];
  /** What RUN may do besides podman's own list and LINUX_IMMUTABLE. @default nothing */
  readonly capAdd?: readonly string[];
  /** `NAME=SOFT[:HARD]`, as `podman build --ulimit` takes them. @default the worker's own */
  readonly ulimit?: readonly string[];
  /** Devices of the worker that RUN sees, by path. @default none of them */
  readonly device?: readonly string[];
  /** What RUN can reach; images are pulled either way. @default host */
  readonly network?: BuildNetwork;
}

/** Other networks would be of the worker's making: how, differs from podman to podman. */
export const BUILD_NETWORKS = ["host", "none"] as const;
export type BuildNetwork = (typeof BUILD_NETWORKS)[number];

/** capabilities(7); podman takes small letters, too. */
const CAPABILITIES = new Set([
  ...["AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN"],
  ...["DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE"],
  ...["LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST"],
  ...["NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT"],
  ...["SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG"],
  "WAKE_ALARM",
]);

/** A file with a profile would be the worker's own; a label is text. */
const SECURITY_OPT = /^(label=(disable|(user|role|type|level|filetype):[\w.:,-]+)|(seccomp|apparmor)=unconfined)$/;

const ULIMIT =
  /^(core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|rttime|sigpending|stack)=(-1|\d+)(?::(-1|\d+))?$/;

/** Each opening of one is a thing of its own. Others are the worker's: its disks, its memory, its consoles. */
const DEVICES = ["/dev/fuse", "/dev/kvm", "/dev/net/tun"];

function isLimit(text: string): boolean {
  const [, , soft, hard = soft] = ULIMIT.exec(text) ?? [];
  return soft !== undefined && (Number(hard) === -1 || (soft !== "-1" && Number(soft) <= Number(hard)));
}

/** Of one entry of each list: is it right, what it is to be, and what a person writes instead. */
export const OPTION_LISTS = {
  securityOpt: {
    isRight: (text: string) => SECURITY_OPT.test(text),
    what: "a security option for builds",
    remedy: "write label=disable, label=type:TYPE, seccomp=unconfined or apparmor=unconfined",
  },
  capAdd: {
    isRight: (text: string) => CAPABILITIES.has(text.toUpperCase().replace(/^CAP_/, "")),
    what: "a capability",
    remedy: "write one of capabilities(7), e.g. SYS_PTRACE",
  },
  ulimit: {
    isRight: isLimit,
    what: "a limit",
    remedy: "write NAME=SOFT or NAME=SOFT:HARD, e.g. nofile=4096:8192, SOFT not above HARD",
  },
  device: {
    isRight: (text: string) => DEVICES.includes(text),
    what: "a device that a build may have",
    remedy: `write one of ${DEVICES.join(", ")}: any other would open more of the worker than the build needs`,
  },
} as const;

export type OptionList = keyof typeof OPTION_LISTS;

/** Arguments of `podman build`. */
export function optionArgs(options: BuildOptions): string[] {
  const { securityOpt = [], capAdd = [], ulimit = [], device = [], network = "host" } = options;
  return [
    ...["LINUX_IMMUTABLE", ...capAdd].flatMap((name) => ["--cap-add", name]),
    ...["--network", network],
    ...securityOpt.flatMap((option) => ["--security-opt", option]),
    ...ulimit.flatMap((limit) => ["--ulimit", limit]),
    ...device.flatMap((path) => ["--device", path]),
  ];
}
