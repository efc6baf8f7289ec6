import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import { type FakeHypervisor, fakeHypervisor, lookAlikes, remember } from "../image/testing/hypervisor";
import { libvirtSweepHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:LibvirtSweep::s");
const NAME = "abcdefgh2345.build-x86_64.89abcdef-worker";
const volumes = [`${NAME}-root`, `${NAME}-scratch`, `${NAME}-seed.iso`];
const inputs = { uri: "qemu:///system", domain: NAME, pool: "workers", volumes };

let hypervisor: FakeHypervisor;
let neighbours: Readonly<Record<string, string>>;

beforeEach(() => {
  hypervisor = fakeHypervisor();
  lookAlikes(hypervisor, NAME, "abcdefgh2346");
  writeFileSync(join(hypervisor.images, `${NAME}-root`), "of another pool");
  writeFileSync(join(hypervisor.workers, `${NAME}-root-2`), "");
  neighbours = remember(hypervisor);
  hypervisor.domain(NAME, "", true);
  for (const name of volumes) writeFileSync(join(hypervisor.workers, name), "");
  // libvirt knows what it made without being asked to look.
  writeFileSync(`${hypervisor.workers}.volumes`, readdirSync(hypervisor.workers).join("\n"));
});

const handler = () => libvirtSweepHandler({ run: hypervisor.run });

test("removes exactly what is named when it is created, of 200 look-alikes none", async () => {
  const said = fakeCall(call.urn);
  await handler().create(decode(inputs), said);
  expect(remember(hypervisor)).toEqual(neighbours);
  expect(said.said).toHaveLength(4);
});

test("and again when it is deleted", async () => {
  await handler().delete("s", decode(inputs), call);
  expect(remember(hypervisor)).toEqual(neighbours);
  await handler().delete("s", decode(inputs), call);
  expect(remember(hypervisor)).toEqual(neighbours);
});

test("a state of the version before, which had a prefix: the names that there were then", async () => {
  await handler().delete("s", decode({ uri: inputs.uri, prefix: NAME, pools: ["workers"] }), call);
  expect(remember(hypervisor)).toEqual(neighbours);
});

test("a domain that does not end keeps its volumes", async () => {
  const virsh = join(hypervisor.pools, "..", "bin", "virsh");
  const fake = readFileSync(virsh, "utf8");
  writeFileSync(virsh, fake.replace(/destroy\) rm .*\n/, 'destroy) echo "error: busy" >&2; exit 1 ;;\n'));
  await expect(handler().delete("s", decode(inputs), call)).rejects.toThrow(/error: busy/);
  expect(readdirSync(hypervisor.workers)).toEqual(expect.arrayContaining(volumes));
});

test("a hypervisor that does not answer is an error that says where to look, never an empty list", async () => {
  writeFileSync(`${hypervisor.pools}.broken`, "Connection refused");
  await expect(handler().delete("s", decode(inputs), call)).rejects.toThrow(
    /qemu:\/\/\/system: can't remove .*-worker-seed\.iso: error: Connection refused/,
  );
  expect(readdirSync(hypervisor.workers)).toEqual(expect.arrayContaining(volumes));
});

test("check: every mistake with its path", () => {
  const wrong = handler().check(decode({ uri: "qemu+ssh:///system", domain: "", pool: "a b", volumes: ["../x"] }));
  expect(wrong.map(({ property }) => property)).toEqual(["uri", "domain", "pool", "volumes[0]"]);
});
