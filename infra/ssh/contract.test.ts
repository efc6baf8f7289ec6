import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { contract } from "../testing/contract/suite";

const privateKeyFile = path.join(mkdtempSync(path.join(tmpdir(), "contract-")), "id_ed25519");
// Not ssh2's own generator, of whose pairs one in 256 lacks a byte.
execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", privateKeyFile]);
const hostKey = readFileSync(`${privateKeyFile}.pub`, "utf8").trim();

contract("ssh", {
  worker: { platform: "ssh", host: "127.0.0.1", hostKey, privateKeyFile },
  jumpHost: [],
  needed: "host",
});
