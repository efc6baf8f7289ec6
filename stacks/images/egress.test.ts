import { expect, it } from "vitest";
import { findingText } from "../../components/preflight";
import { workerSchema } from "../../infra/specs";
import { identity, worker } from "../../model/plan/fixtures";
import { egressFindings, type Resolve } from "./egress";

const FROM = { COPR_BUILDERS_OPERATOR_CIDR: "203.0.113.7/32" };
const narrow = (...egress: string[]) =>
  workerSchema(FROM).parse({
    ...{ platform: "ibm", region: "us-east", zone: "us-east-1", vpc: "v", subnet: "s", resourceGroup: "g" },
    egress,
  });
const store = { bucket: "disks", region: "us-east-1", endpointForWorkers: "http://10.1.2.3:9000" };
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "quay.io": ["198.51.100.1", "198.51.100.2"],
  "disks.s3.us-east-1.amazonaws.com": ["192.0.2.1"],
};
const resolve: Resolve = (host) => Promise.resolve(NAMES[host] ?? []);
const said = async (
  build: ReturnType<typeof narrow>,
  more: Partial<Parameters<typeof egressFindings>[0]> = {},
  sources = identity,
) => {
  const settings = { architectures: { x86_64: { worker: build, publish: [] } }, store, registries: [], ...more };
  const found = await egressFindings(settings, { identity: sources }, resolve);
  return found.map((one) => `${one.note === true ? "note: " : ""}${findingText(one)}`);
};

it("a store or a registry outside of what a worker may connect to is a mistake, a name that leads there a note", async () => {
  expect(await said(narrow("198.51.100.0/31", "192.0.2.0/24"))).toEqual([
    expect.stringMatching(
      /^architectures\.x86_64\.worker\.egress.*lets nothing out to 10\.1\.2\.3, where disks are sent/,
    ),
    expect.stringMatching(
      /^note: .*lets nothing out to quay\.io \(here 198\.51\.100\.2\), where quay\.io\/fedora\/\S+ is pulled/,
    ),
  ]);
  expect(await said(narrow("10.0.0.0/8", "198.51.100.0/24"))).toEqual([]);
  const { endpointForWorkers: _own, ...amazon } = store;
  expect(await said(narrow("198.51.100.0/24"), { store: amazon })).toEqual([
    expect.stringContaining("disks.s3.us-east-1.amazonaws.com (here 192.0.2.1)"),
  ]);
});

it("counts what workers pull, from where they pull it", async () => {
  const mirror = { prefix: "quay.io", location: "10.9.9.9:5000/quay", insecure: true };
  expect(await said(narrow("10.0.0.0/8"), { registries: [mirror] })).toEqual([]);
  const { recipe } = identity;
  const builder = { ...recipe.builder, reference: "172.16.0.1/bib:1" };
  const made = { ...identity, from: {}, recipe: { ...recipe, builder } };
  expect(await said(narrow("10.0.0.0/8"), {}, made)).toEqual([
    expect.stringContaining("lets nothing out to 172.16.0.1"),
  ]);
  const packaged = { ...made, recipe: { ...made.recipe, packaged: ["x86_64" as const] } };
  expect(await said(narrow("10.0.0.0/8"), {}, packaged)).toEqual([]);
});

it("nobody is asked for an address where no worker is narrowed", async () => {
  const asked: Resolve = () => Promise.reject(new Error("asked"));
  const settings = { architectures: { x86_64: { worker, publish: [] } }, store, registries: [] };
  expect(await egressFindings(settings, { identity }, asked)).toEqual([]);
});
