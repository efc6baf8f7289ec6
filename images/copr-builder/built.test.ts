/** The real podman builds the Containerfile, on a base of that name whose shell ends well whatever it is told. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { askedRegistry } from "../../model/source/testing/asked-registry";
import { podmanStore } from "../../model/source/testing/podman-store";

test("podman takes each line, and the release that devel's settings name", { timeout: 120_000 }, async () => {
  const { config } = parse(readFileSync(join(__dirname, "../../Pulumi.devel.yaml"), "utf8")) as {
    config: { "copr-builders:source": { buildArgs: { FEDORA_VERSION: string } } };
  };
  const { FEDORA_VERSION: version } = config["copr-builders:source"].buildArgs;
  const name = `fedora/fedora-bootc:${version}`;
  const registry = await askedRegistry();
  const podman = await podmanStore();
  const build = (given: string) =>
    podman.run([
      ...["build", "--pull=never", "--isolation", "chroot", "--layers=false", "--quiet"],
      ...["--cap-add", "LINUX_IMMUTABLE", "--build-arg", `FEDORA_VERSION=${given}`, __dirname],
    ]);
  try {
    expect(await podman.run(["pull", "--quiet", "--tls-verify=false", `${registry.host}/${name}`])).toBeUndefined();
    expect(await podman.run(["tag", `${registry.host}/${name}`, `quay.io/${name}`])).toBeUndefined();
    expect(await build(version)).toBeUndefined();
    // Another one isn't there: the argument is what counts.
    expect(await build(`${Number(version) + 1}`)).toContain(`quay.io/fedora/fedora-bootc:${Number(version) + 1}`);
  } finally {
    await podman.remove();
    await registry.stop();
  }
});
