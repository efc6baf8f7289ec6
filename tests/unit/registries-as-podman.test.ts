/** Held against the library that podman has: what `skopeo` asks for with the same entries. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { registriesText } from "../../agent/steps/registries-text";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { elsewhere, entryFor } from "../../model/source/prefix";

/** Answers as a registry that has nothing, and notes what it is asked for. */
async function registry(): Promise<{ host: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = /^\/v2\/(.+)\/manifests\//.exec(request.url ?? "")?.[1];
    if (name !== undefined) asked.push(name);
    response.writeHead(name === undefined ? 200 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test.each([
  ["quay.io/a/b", "a/b"],
  ["quay.io/a/c", "deep/c"],
  ["quay.io/ab", "ab"],
  ["x.example.org/a", "wild/a"],
  ["x.y.example.org/a", "wild/a"],
])("%s is asked for where podman asks for it", async (name, wanted) => {
  const { host, asked } = await registry();
  const registries = [
    { prefix: "quay.io", location: host, insecure: true },
    { prefix: "quay.io/a", location: `${host}/a`, insecure: true },
    { prefix: "quay.io/a/c", location: `${host}/deep/c`, insecure: true },
    { prefix: "*.example.org", location: `${host}/wild`, insecure: true },
    // Says nothing of where: a file with this place in it would make podman refuse every such image.
    { prefix: "*.example.net", location: "*.example.net", insecure: true },
  ];
  const file = join(await temporaryFolder(), "registries.conf");
  await writeFile(file, registriesText(registries));
  await new Promise<void>((resolve) => {
    execFile("skopeo", ["--registries-conf", file, "inspect", "--retry-times", "0", `docker://${name}:1`], () =>
      resolve(),
    );
  });
  expect(asked[0]).toBe(wanted);
  expect(elsewhere(name, registries)).toBe(`${host}/${wanted}`);
});

test("one for the hosts of a domain that says no place leaves each where it is", async () => {
  const registries = [{ prefix: "*.example.net", location: "*.example.net", insecure: true }];
  expect(elsewhere("r.example.net:5000/a", registries)).toBe("r.example.net:5000/a");
  expect(entryFor("r.example.net:5000/a", registries)).toBe(registries[0]);
  expect(entryFor("example.net/a", registries)).toBeUndefined();
  const file = join(await temporaryFolder(), "registries.conf");
  await writeFile(file, registriesText(registries));
  const said = await new Promise<string>((resolve) => {
    const args = ["--registries-conf", file, "inspect", "--retry-times", "0", "docker://r.example.net/a:1"];
    execFile("skopeo", args, (_error, _out, err) => resolve(err));
  });
  expect(said).toContain("http://r.example.net/v2/");
});
