import { describe, expect, it } from "vitest";
import { ibmPlaces, ibmTarget, ibmWorker } from "./settings";

const FROM = { COPR_BUILDERS_OPERATOR_CIDR: "203.0.113.7/32" };
const network = { zone: "us-east-1", vpc: "builders", subnet: "builders-1" };
const worker = { platform: "ibm", region: "us-east", ...network, image: "ibm-ubuntu", resourceGroup: "copr" };
const target = {
  ...{ platform: "ibm", bucket: { name: "images", region: "jp-tok" }, resourceGroup: "copr" },
  ...{ operatingSystem: "ubuntu-24-04-amd64", regions: [{ name: "us-east", boot: network }] },
};

/** Messages by path. */
function mistakes(schema: ReturnType<typeof ibmWorker> | ReturnType<typeof ibmTarget>, value: unknown): string[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}
const ofWorker = (more: object) => mistakes(ibmWorker(FROM), { ...worker, ...more });
const ofBoot = (more: object, name = "us-east") =>
  mistakes(ibmTarget(FROM), { ...target, regions: [{ name, boot: { ...network, ...more } }] });

describe("settings of ibm", () => {
  it("take every profile that IBM has, by the shape of its name", () => {
    for (const profile of ["bx2-4x16", "bx3d-2x10", "bz2e-1x4", "gx3-16x80x1l4", "gx2-8x64x1v100", "bx2d-metal-96x384"])
      expect(ofWorker({ profile })).toEqual([]);
    for (const profile of ["bx2", "BX2-4x16", "bx2_4x16", "bx2-"])
      expect(ofWorker({ profile })).toEqual([expect.stringMatching(/^profile: .*is not an instance profile/)]);
  });

  it("narrow where a worker may connect to", () => {
    expect(ofWorker({ egress: ["10.0.0.0/8"] })).toEqual([]);
    expect(ofWorker({ egress: ["10.0.0.1/8"] })).toEqual([expect.stringMatching(/^egress\.0: .*write 10\.0\.0\.0\/8/)]);
  });

  it("know how large a volume is at least and at most", () => {
    expect([10, 16_000].flatMap((scratchGib) => ofWorker({ scratchGib }))).toEqual([]);
    expect(ofWorker({ scratchGib: 9 })).toEqual([expect.stringMatching(/^scratchGib: /)]);
    expect(ofWorker({ scratchGib: 16_001 })).toEqual([
      expect.stringMatching(/^scratchGib: is more than a volume of VPC/),
    ]);
  });

  it("refuse a reserved address for a machine that is to have no public one", () => {
    expect(ofWorker({ address: "private" })).toEqual([]);
    const both = { address: "private", floatingIp: "mine" };
    expect(ofWorker(both)).toEqual([expect.stringMatching(/^floatingIp: .*address: private.*leave out one/)]);
    expect(ofBoot(both)).toEqual([expect.stringMatching(/^regions\.0\.boot\.floatingIp: .*leave out one/)]);
  });

  it("ask for the operator's address of a target only where a region has none of its own", () => {
    const of = (own: object) =>
      mistakes(ibmTarget({}), { ...target, regions: [{ name: "us-east", boot: { ...network, ...own } }] });
    expect(of({})).toEqual([expect.stringMatching(/^operatorCidr: missing; .*OPERATOR_CIDR/)]);
    expect(of({ operatorCidr: "10.0.0.5/32" })).toEqual([]);
  });

  it("need no stock image, and take its name or its operating system, not both", () => {
    const { image: _, ...unnamed } = worker;
    expect(mistakes(ibmWorker(FROM), unnamed)).toEqual([]);
    expect(ofWorker({ operatingSystem: "ubuntu-24-04-amd64" })).toEqual([
      expect.stringMatching(/^operatingSystem: .*leave out one/),
    ]);
  });

  it("refuse a zone of another region, with all else that is wrong", () => {
    expect(ofWorker({ zone: "br-sao-1", lifetimeMinutes: "x" })).toEqual([
      expect.stringMatching(/^lifetimeMinutes: /),
      expect.stringMatching(/^zone: br-sao-1 is not in us-east; name a zone of us-east, e\.g\. us-east-1$/),
    ]);
    expect(ofBoot({}, "br-sao")).toEqual([
      expect.stringMatching(/^regions\.0\.boot\.zone: us-east-1 is not in br-sao/),
    ]);
  });

  it("refuse tags that IBM takes for one of ours, or for one another: it keeps no capitals", () => {
    for (const name of ["copr-builders-owner", "Copr-Builders-Owner", "BUILD-KEY", "Machine"])
      expect(ofWorker({ tags: { [name]: "x" } })).toEqual([
        expect.stringContaining(`tags.${name}: is a tag of our own`),
      ]);
    expect(ofWorker({ tags: { Who: "a", who: "b" } })).toEqual([
      expect.stringMatching(/^tags\.who: is Who too.*capitals/),
    ]);
    expect(ofWorker({ tags: { who: "copr" } })).toEqual([]);
  });

  it("say who puts a disk into the bucket, and where workers reach that, without anybody's key", () => {
    const of = (more: object) => mistakes(ibmTarget(FROM), { ...target, ...more });
    const endpointForWorkers = "https://s3.direct.jp-tok.cloud-object-storage.appdomain.cloud";
    expect(of({ diskFrom: "store", endpointForWorkers })).toEqual([]);
    expect(of({ diskFrom: "laptop" })).toEqual([expect.stringMatching(/^diskFrom: /)]);
    expect(of({ endpointForWorkers: "https://key:secret@s3.example.org" })).toEqual([
      expect.stringMatching(/^endpointForWorkers: has credentials in it/),
    ]);
    expect(ibmPlaces(ibmTarget(FROM).parse({ ...target, diskFrom: "store", endpointForWorkers }))).toEqual([
      expect.objectContaining({ diskFrom: "store", endpointForWorkers }),
    ]);
    // A ledger of before has neither, and is the same place.
    for (const name of ["diskFrom", "endpointForWorkers"])
      expect(ibmPlaces(ibmTarget(FROM).parse(target))[0]).not.toHaveProperty(name);
  });

  it("refuse a public address for a machine that is reached through a jump host", () => {
    const jumpHost = {
      ...{ host: "bastion.example.org", user: "core", privateKeyFile: "keys/bastion" },
      hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPq4fO5gVbX2pUqVbB3k6l7Yy3mFqT0Yw7pQkqYb0Qx",
    };
    expect(ofWorker({ jumpHost })).toEqual([]);
    expect(ofBoot({ jumpHost, operatorCidr: "10.0.0.5/32" })).toEqual([]);
    expect(ofWorker({ jumpHost, address: "public" })).toEqual([expect.stringMatching(/^address: .*leave out one/)]);
    expect(ofBoot({ jumpHost, floatingIp: "mine" })).toEqual([
      expect.stringMatching(/^regions\.0\.boot\.floatingIp: .*behind a jumpHost.*leave out one/),
    ]);
  });
});
