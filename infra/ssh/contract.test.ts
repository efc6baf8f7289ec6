import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { utils } from "ssh2";
import { contract } from "../testing/contract/suite";

const privateKeyFile = path.join(mkdtempSync(path.join(tmpdir(), "contract-")), "id_ed25519");
const { private: privateKey, public: hostKey } = utils.generateKeyPairSync("ed25519");

contract("ssh", {
  worker: { platform: "ssh", host: "127.0.0.1", hostKey, privateKeyFile },
  needed: "host",
  prepare: () => {
    writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
  },
});
