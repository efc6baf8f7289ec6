/** No rule may throw, whatever a resource says: the preview would end with a stack trace in place of what is wrong. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, it } from "vitest";
import { isRecord } from "../../contract/is-record";
import { platforms } from "../../infra/specs";
import { EPHEMERAL_STACK, GENERATION, STACK_IDENTITY } from "../resource-types";
import { timer, userData } from "../testing/variants";

const RULES = readdirSync(join(__dirname, "..", "rules"))
  .filter((file) => !file.endsWith(".test.ts"))
  .map((file) => file.replace(/\.ts$/, ""));

/** Stands for what the engine knows later: reading it throws. */
const UNKNOWN = Symbol("unknown");
const ODD: readonly unknown[] = [
  ...[
    undefined,
    null,
    UNKNOWN,
    "",
    " ",
    "constructor",
    "__proto__",
    "0x1g",
    "*",
    "#cloud-config\n: [",
    0,
    -1,
    NaN,
    1e400,
  ],
  ...[true, false, [], [null], [[]], [UNKNOWN], ["a", 1], {}, { toString: 1 }, { constructor: null }, { a: UNKNOWN }],
];

const worker = { address: "private", jumpHost: { host: "h" }, lifetimeMinutes: 60, operatorCidr: "203.0.113.7/32" };
const sizes = { diskGib: 20, scratchGib: 40, vcpus: 2, memoryMib: 2048 };
const WORKERS: Readonly<Record<string, object>> = {
  aws: {
    ami: { owner: "1", name: "a" },
    instanceType: "c7i.xlarge",
    spot: true,
    region: "r",
    securityGroups: ["sg-1"],
  },
  ibm: { image: "i", operatingSystem: "o", profile: "p", region: "r" },
  libvirt: { base: { pool: "p", volume: "v" } },
  openstack: { image: "i", flavor: "f", cloud: "c", floatingNetwork: "n" },
  ssh: { host: "h" },
};

const MACHINE = {
  ...{ instanceType: "c7i.xlarge", region: "r", iamInstanceProfile: { name: "n" }, launchTemplate: { id: "lt-1" } },
  ...{
    userData: userData(`#!/bin/sh\n${timer(60)}`),
    userDataBase64: userData(`#!/bin/sh\n${timer(60)}`),
    instanceInitiatedShutdownBehavior: "terminate",
  },
  ...{
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    spotType: "s",
  },
  ...{ rootBlockDevice: { volumeSize: 1, encrypted: true }, ebsBlockDevices: [{ deviceName: "d", volumeSize: 1 }] },
  ...{ networkInterfaces: [{ associatePublicIpAddress: false, ipv6AddressCount: 0, ipv6Addresses: ["::1"] }], size: 1 },
  ...{ instanceMarketOptions: { spotOptions: { spotInstanceType: "one-time" } }, tags: { a: "b" }, cloudinit: "c" },
  ...{ blockDeviceMappings: [{ deviceName: "d", ebs: { volumeSize: 1, encrypted: true } }], vcpu: 1, memory: 1 },
  ...{ profile: "p", address: "private", flavor: "f", cloud: { cloud: "c" }, diskGib: 1, scratchGib: 1 },
};
const NETWORK = {
  ...{ ingress: [{ protocol: "tcp", fromPort: 1, toPort: 2, cidrBlocks: ["10.0.0.0/8"], prefixListIds: ["pl-1"] }] },
  ...{ type: "ingress", ipProtocol: "-1", cidrIpv4: "10.0.0.0/8", cidrIpv6: "::/0", operatorCidr: "10.0.0.0/8" },
};
const IMAGE = {
  ...{
    name: "n",
    sha256: "s",
    fileSha256: "f",
    key: "k",
    properties: { architecture: "a" },
    sizeBytes: 1,
    dataBytes: 1,
  },
  ...{ ebsBlockDevices: [{ volumeSize: 1 }], visibility: "shared", members: ["m"], accountId: "1", group: "all" },
  ...{ organizationArn: "o", organizationalUnitArn: "u", architecture: "a", operatingSystem: "o" },
};
const job = (platform: string) => ({
  ...{ worker: { platform, ...worker, ...sizes, ...WORKERS[platform] }, spares: [{ platform, ...WORKERS[platform] }] },
  ...{ builder: { image: "quay.io/a/b@sha256:1" }, source: { reference: "quay.io/a/b:1" } },
  provenance: { dependencies: [{ uri: "docker://a", name: "n", digest: { sha256: "s" } }] },
});
const JOBS = platforms().map(({ name }) => ({
  type: EPHEMERAL_STACK,
  props: { program: "stacks/worker", timeoutMinutes: 60, config: { job: job(name) } },
}));
const OTHERS = [
  ...platforms().flatMap(({ policyView: { types, others } }) => Object.keys({ ...types, ...others })),
  ...[STACK_IDENTITY, GENERATION, EPHEMERAL_STACK],
  ...["aws", "constructor", "__proto__"].map((name) => `pulumi:providers:${name}`),
];

/** The same with every value in turn replaced by every odd one. */
function* oddOnes(value: unknown): Generator<unknown> {
  yield* ODD;
  if (Array.isArray(value))
    for (const [at, one] of value.entries()) for (const odd of oddOnes(one)) yield value.with(at, odd);
  else if (isRecord(value))
    for (const [key, one] of Object.entries(value)) for (const odd of oddOnes(one)) yield { ...value, [key]: odd };
}

/** As the engine hands it over in a preview. */
function asSeen(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copy: object = Array.isArray(value) ? [] : {};
  for (const [key, one] of Object.entries(value)) {
    const get = (): unknown => {
      if (one === UNKNOWN) throw new Error(`string value at .${key} can't be known during preview`);
      return asSeen(one);
    };
    Object.defineProperty(copy, key, { get, enumerable: true });
  }
  return copy;
}

const OPTIONS = {
  ...{ owners: ["1"], tags: ["a", "constructor"], accounts: ["1"], types: ["t"], places: ["p"], mostVcpus: 1, most: 1 },
  ...{ mostMemoryMib: 1, mostVolumeGib: 1, runUsd: 1, monthUsd: 1, versions: {}, hourUsd: {}, gibMonthUsd: {} },
};

describe.each(RULES)("%s", (name) => {
  it("throws on no odd input", async () => {
    const file: unknown = await import(join(__dirname, "..", "rules", `${name}.ts`));
    const rule = isRecord(file) ? Object.values(file).find((one) => isRecord(one) && one["name"] === name) : undefined;
    if (!isRecord(rule)) throw new Error(`policies/rules/${name}.ts has no rule of its name`);
    const { validateResource, validateStack } = rule;
    const judge = (type: string, props: unknown, defaults?: unknown): void => {
      const resource = { type, name: "n", urn: "u", props: asSeen(props), propertyDependencies: {} };
      const provider = { props: asSeen({ defaultTags: '{"tags":{"a":1}}', region: defaults }) };
      const asked = { ...resource, provider, getConfig: () => OPTIONS };
      const args = { ...asked, resources: [resource] };
      for (const validate of [validateResource, validateStack])
        if (typeof validate === "function") Reflect.apply(validate, rule, [args, () => undefined]);
    };
    for (const { type, props } of JOBS) for (const odd of oddOnes(props)) judge(type, odd);
    const everything = { ...MACHINE, ...NETWORK, ...IMAGE };
    const odd = [...oddOnes(everything)];
    fc.assert(
      fc.property(
        fc.constantFrom(...OTHERS),
        fc.constantFrom(...odd),
        fc.constantFrom(...ODD),
        (type, props, defaults) => judge(type, props, defaults),
      ),
      { numRuns: 500 },
    );
  });
});
