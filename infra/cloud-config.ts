/** The cloud-init user data of a throw-away machine: who may log in, and the host key that we already know. */
import { stringify } from "yaml";
import { printable } from "../contract/printable";

export interface CloudConfigArgs {
  /** OpenSSH public key that logs in as root. */
  readonly authorizedKey: string;
  /** OpenSSH ed25519 host key pair, made beforehand so that the first connection can be checked. */
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
  /** The machine powers off by itself so many minutes after its boot. */
  readonly powerOffAfterMinutes: number;
}

/** Source of the keys' meaning: cloud-init's documentation of the modules ssh, users-groups, disable_root and bootcmd. */
export function cloudConfig(args: CloudConfigArgs): string {
  const config = {
    disable_root: false,
    users: [{ name: "root", ssh_authorized_keys: [args.authorizedKey] }],
    ssh_deletekeys: true,
    ssh_genkeytypes: ["ed25519"],
    ssh_keys: { ed25519_private: args.hostPrivateKey, ed25519_public: args.hostPublicKey },
    // The key is known beforehand: printing it on the console tells nobody anything.
    ssh: { emit_keys_to_console: false },
    bootcmd: [powerOff(args.powerOffAfterMinutes)],
  };
  // In quotes, and on one line: cloud-init's parser of YAML 1.1 reads other forms otherwise, or not at all.
  const form = {
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    doubleQuotedMinMultiLineLength: Infinity,
  } as const;
  return `#cloud-config\n${printable(stringify(config, { ...form, lineWidth: 0 }))}`;
}

/** Finds the timer in what `cloudConfig` made: minutes after the boot. None in a comment. */
export const CLOUD_CONFIG_END = /^[^#\n]*\bsystemd-run\b[^#]*?--on-active=(\d+)min\b[^#]*?\bpoweroff\b/m;

/** A timer of systemd's: before anybody has logged in, and whether or not anybody ever does. */
function powerOff(minutes: number): readonly string[] {
  return ["systemd-run", "--unit=copr-builders-end", `--on-active=${minutes}min`, "systemctl", "poweroff"];
}
