import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { afterAll, describe, expect, it } from "vitest";
import { readPrivateKey } from "./ssh-private-key";

const folder = mkdtempSync(join(tmpdir(), "keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;

/** What the command writes to KEY. */
function key(make: string): string {
  const file = join(folder, `k${made++}`);
  execFileSync("sh", ["-ec", make.replaceAll("KEY", file)], { stdio: "pipe" });
  return readFileSync(file, "utf8");
}

/** The public half, as OpenSSH and openssl have it. */
async function publicOf(text: string): Promise<string> {
  const parsed = utils.parseKey(await readPrivateKey(text));
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}

describe("a private key", () => {
  it.each([
    "ssh-keygen -q -t ed25519 -N '' -f KEY",
    "ssh-keygen -q -t ecdsa -b 521 -N '' -f KEY",
    "ssh-keygen -q -t ecdsa -b 384 -m PKCS8 -N '' -f KEY",
    "ssh-keygen -q -t ecdsa -m PEM -N '' -f KEY",
    "ssh-keygen -q -t rsa -b 2048 -N '' -f KEY",
    "ssh-keygen -q -t rsa -b 2048 -m PKCS8 -N '' -f KEY",
    "ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f KEY && sed -i '1i some text' KEY && echo after >> KEY",
    "ssh-keygen -q -t ed25519 -N '' -f KEY && sed -i 's/$/\\r/' KEY",
  ])("of `%s` is read", async (make) => {
    const text = key(make);
    const written = readFileSync(join(folder, `k${made - 1}.pub`), "utf8");
    expect(written.startsWith(await publicOf(text))).toBe(true);
  });

  it("is read as openssl writes it, also in the form of ed25519 that ssh2 doesn't know", async () => {
    const elliptic = key("openssl ecparam -name prime256v1 -genkey -out KEY");
    expect(elliptic).toContain("BEGIN EC PARAMETERS");
    await expect(publicOf(elliptic)).resolves.toMatch(/^ecdsa-sha2-nistp256 /);
    const edwards = key("openssl genpkey -algorithm ed25519 -out KEY");
    const file = join(folder, `k${made - 1}`);
    const der = execFileSync("openssl", ["pkey", "-in", file, "-pubout", "-outform", "DER"]);
    const [, blob = ""] = (await publicOf(edwards)).split(" ");
    expect(Buffer.from(blob, "base64").subarray(-32)).toEqual(der.subarray(-32));
  });

  it.each([
    ["ssh-keygen -q -t ed25519 -N secret -f KEY", /has a passphrase.*ssh-keygen -p/],
    ["ssh-keygen -q -t ed25519 -N secret -Z chacha20-poly1305@openssh.com -f KEY", /has a passphrase/],
    ["ssh-keygen -q -t rsa -b 2048 -m PEM -N secret -f KEY", /has a passphrase/],
    ["ssh-keygen -q -t ecdsa -m PKCS8 -N secret -f KEY", /has a passphrase/],
    ["ssh-keygen -q -t ed25519 -N '' -f KEY && mv KEY.pub KEY", /is a public key/],
    ["openssl genrsa 2048 | openssl pkey -pubout -out KEY", /is a public key/],
    ["openssl ecparam -name secp256k1 -genkey -noout -out KEY", /of a kind that can't be used here/],
    ["openssl genpkey -algorithm x25519 -out KEY", /of a kind that can't be used here \(x25519\)/],
    ["echo PuTTY-User-Key-File-3: ssh-ed25519 > KEY", /PuTTY's form/],
    ["echo nothing > KEY", /holds no private key/],
    ["ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f KEY && sed -i 5,9d KEY", /damaged/],
    ["ssh-keygen -q -t ed25519 -N '' -f KEY && sed -i 3d KEY", /can't be used/],
  ])("of `%s` is refused", async (make, message) => {
    const text = key(make);
    await expect(readPrivateKey(text)).rejects.toThrow(message);
    const line = text.split("\n")[2] ?? "";
    if (line.length > 20) await expect(readPrivateKey(text)).rejects.not.toThrow(line);
  });
});
