import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { cloudConfig } from "./cloud-config";

describe("cloudConfig", () => {
  it("lets one key in as root and gives the machine the host key that we know", () => {
    const hostPrivateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nYWJj\nZGVm\n-----END OPENSSH PRIVATE KEY-----\n";
    const text = cloudConfig({
      authorizedKey: "ssh-ed25519 LOGIN",
      hostPrivateKey,
      hostPublicKey: "ssh-ed25519 HOST",
      powerOffAfterMinutes: 60,
    });
    expect(text.startsWith("#cloud-config\n")).toBe(true);
    expect(parse(text)).toMatchObject({
      disable_root: false,
      users: [{ name: "root", ssh_authorized_keys: ["ssh-ed25519 LOGIN"] }],
      ssh_keys: { ed25519_private: hostPrivateKey, ed25519_public: "ssh-ed25519 HOST" },
    });
  });

  it("ends a machine that nobody ends, by a timer that no login is needed for", () => {
    const keys = { authorizedKey: "a", hostPrivateKey: "b", hostPublicKey: "c" };
    expect(parse(cloudConfig({ ...keys, powerOffAfterMinutes: 180 }))).toMatchObject({
      bootcmd: [expect.arrayContaining(["--on-active=180min", "poweroff"])],
    });
  });
});
