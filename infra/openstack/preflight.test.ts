/** Quotas and security groups, which the real services of the tests can't be brought to in every way. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Arch } from "../words";
import { openstackPreflight } from "./preflight";
import { cloudOf } from "./provider/cloud/cloud";
import { fakeNova, type FakeNova } from "./provider/testing/fake-nova";
import { openstackTarget, openstackWorker } from "./settings";

let nova: FakeNova;
let compute: Record<string, number>;
let volumes: Record<string, number>;
let rules: object[];
let usage: object;
beforeEach(async () => {
  nova = await fakeNova();
  rules = [{ protocol: "tcp", port_range_min: 22, port_range_max: 22, remote_ip_prefix: "0.0.0.0/0" }];
  compute = {
    ...{ maxTotalInstances: 10, totalInstancesUsed: 0, maxTotalCores: 20, totalCoresUsed: 0 },
    ...{ maxTotalRAMSize: -1, totalRAMUsed: 9 },
  };
  volumes = {
    ...{ maxTotalVolumes: 10, totalVolumesUsed: 8, maxTotalVolumeGigabytes: 100, totalGigabytesUsed: 70 },
  };
  usage = {};
  nova.fault = ({ path, method }, response) => {
    expect(method).toBe("GET");
    const say = (json: object): true => {
      response.end(JSON.stringify(json));
      return true;
    };
    if (path.endsWith("/security-group-rules")) return say({ security_group_rules: rules });
    if (path.endsWith("/info/usage")) return say({ usage });
    // Compute and volumes are at one address here.
    if (path.endsWith("/limits")) return say({ limits: { absolute: { ...compute, ...volumes } } });
    return false;
  };
});
afterEach(() => nova.cloud.close());

const boot = { flavor: "builder", network: "general" };
const place = (arch: Arch, more: object = {}) => ({
  ...{ path: "targets.fake", arch },
  spec: openstackTarget.parse({ platform: "openstack", cloud: "fake", boot, ...more }),
});
const worker = (arch: Arch, more: object = {}) => ({
  ...{ path: `architectures.${arch}.worker`, arch },
  spec: openstackWorker.parse({ platform: "openstack", cloud: "fake", ...boot, image: "stock", diskGib: 20, ...more }),
});
const preflight = (use: object, credential?: string, region = "here") => {
  const opened = cloudOf({ ...nova.cloud.access, region }, { wait: nova.cloud.wait });
  const cloud = { ...opened, token: async () => ({ ...(await opened.token()), credential }) };
  return openstackPreflight({ workers: [], places: [], ...use }, () => cloud);
};

test("what one check needs must be there; what all may need at once is a note", async () => {
  const places = [place("ppc64le"), place("aarch64")];
  expect(await preflight({ places, boots: 5 })).toEqual([]);
  compute["totalInstancesUsed"] = 3;
  expect(await preflight({ places, boots: 5 })).toMatchObject([
    {
      problem: '10 instances at once of flavor "builder" need 10 instances, and the project has used 3 of 10',
      note: true,
    },
  ]);
  const [missing, ...more] = await preflight({ places, boots: 8 });
  expect(missing).toMatchObject({
    path: "targets.fake.boot.flavor",
    problem: '8 instances at once of flavor "builder" need 8 instances, and the project has used 3 of 10',
  });
  expect([missing?.note, more]).toEqual([undefined, []]);
});

test("workers that are tried in turn are not there at once, those of two architectures are", async () => {
  compute["maxTotalInstances"] = 1;
  expect(await preflight({ workers: [worker("ppc64le"), worker("ppc64le")] })).toEqual([]);
  expect(await preflight({ workers: [worker("ppc64le"), worker("aarch64")] })).toMatchObject([
    { path: "architectures.ppc64le.worker.flavor", note: true },
  ]);
});

test("a flavor without a disk needs room for volumes, and another one does not", async () => {
  nova.flavor = { ...nova.flavor, disk: 0 };
  expect(
    (await preflight({ workers: [worker("ppc64le", { diskGib: 40 })], places: [] })).map(({ problem }) => problem),
  ).toEqual(['an instance of flavor "builder" needs 40 GiB of volumes, and the project has used 70 of 100']);
  expect((await preflight({ places: [place("ppc64le")], boots: 3 })).map(({ problem }) => problem)).toEqual([
    '3 instances at once of flavor "builder" need 3 volumes, and the project has used 8 of 10',
  ]);
});

test("a group that lets no ssh in is a note with the command that helps", async () => {
  rules = [
    { protocol: null, remote_group_id: "g" },
    { protocol: "udp", port_range_min: 1, port_range_max: 65535 },
    { protocol: "tcp", port_range_min: 80, port_range_max: 443 },
    { protocol: "tcp", port_range_min: 22, port_range_max: 22, ethertype: "IPv6" },
  ];
  expect(await preflight({ places: [place("ppc64le")] })).toEqual([
    {
      path: "targets.fake.boot.securityGroups",
      problem: "no rule of default lets ssh in from other addresses",
      remedy: "openstack security group rule create --ingress --protocol tcp --dst-port 22 default",
      note: true,
    },
  ]);
  expect(await preflight({ places: [place("ppc64le", { boot: { ...boot, securityGroups: [] } })] })).toEqual([]);
  rules.push({ protocol: null, ethertype: "IPv4" });
  expect(await preflight({ places: [place("ppc64le")] })).toEqual([]);
});

test("a Neutron that tells no quota of floating IPs holds nothing up", async () => {
  const fault = nova.fault;
  nova.fault = (received, response) => {
    if (!received.path.includes("/quotas/")) return fault(received, response);
    response.end(JSON.stringify({ quota: { port: 10 } }));
    return true;
  };
  const floating = place("ppc64le", { boot: { ...boot, floatingNetwork: "outside" } });
  expect(await preflight({ places: [floating], boots: 9 })).toEqual([]);
});

test("a flavor that is too small for the stock image is refused before Nova does", async () => {
  nova.image = { ...nova.image, min_disk: 30, min_ram: 4096 };
  expect((await preflight({ workers: [worker("ppc64le")] })).map(({ path, problem }) => `${path}: ${problem}`)).toEqual(
    [
      'architectures.ppc64le.worker.flavor: flavor "builder" is too small for image "stock", which needs 30 GiB of disk, and it has 20',
      'architectures.ppc64le.worker.flavor: flavor "builder" is too small for image "stock", which needs 4096 MiB of memory, and it has 2048',
    ],
  );
});

test("an image of ours is no base of a worker, whatever it is called", async () => {
  nova.image = { ...nova.image, "copr-builders-owner": "abcdefgh2345" };
  expect(await preflight({ workers: [worker("ppc64le")] })).toMatchObject([
    { path: "architectures.ppc64le.worker.image", problem: expect.stringContaining("is one that this program made") },
  ]);
});

test("an availability zone that is not there, or takes nothing, is named with those that do", async () => {
  const zone = async (availabilityZone: string) =>
    (await preflight({ places: [place("ppc64le", { boot: { ...boot, availabilityZone } })] })).map(
      ({ path, problem }) => `${path}: ${problem}`,
    );
  expect(await zone("power")).toEqual([]);
  const path = "targets.fake.boot.availabilityZone";
  expect(await zone("none")).toEqual([`${path}: availability zone "none" is not there; there are: power`]);
  expect(await zone("old")).toEqual([`${path}: availability zone "old" is not available now; there are: power`]);
});

test("of Glance's quotas those are held against the use that an upload meets", async () => {
  usage = { image_stage_total: { limit: 0, usage: 0 }, image_size_total: { limit: 10, usage: 10 } };
  expect((await preflight({ places: [place("ppc64le")] })).map(({ problem }) => problem)).toEqual([
    "the quota image_size_total of images is used up in fake: 10 of 10",
  ]);
});

test("a credential that ends before the run may is said once of a project, and where it can't be asked a note", async () => {
  const fault = nova.fault;
  const answers: [number, object] = [200, { application_credential: { expires_at: "2020-01-01T00:00:00.000000" } }];
  nova.fault = (received, response) => {
    if (!received.path.includes("application_credentials")) return fault(received, response);
    response.writeHead(answers[0]).end(JSON.stringify(answers[1]));
    return true;
  };
  const use = { places: [place("ppc64le")], workers: [worker("aarch64")], minutes: 90 };
  expect(await preflight(use, "cred")).toMatchObject([
    { path: "architectures.aarch64.worker.cloud", problem: expect.stringMatching(/ends at 2020-01-01T/) as string },
  ]);
  answers[0] = 400;
  expect(await preflight(use, "cred")).toMatchObject([
    { problem: expect.stringMatching(/answered 400/) as string, note: true },
  ]);
});

test("a region that a service is not in is said with the regions that have it, and what to write", async () => {
  // Compute is there too; images and networks are not.
  const found = await preflight({ places: [place("ppc64le")] }, undefined, "there");
  expect(found.find(({ path }) => path === "targets.fake.cloud")).toEqual({
    path: "targets.fake.cloud",
    problem: 'the catalog of cloud "fake" has no image service in region "there"; it has regions here',
    remedy: expect.stringMatching(
      /^write one of these as "region" in the settings or as region_name in clouds.yaml/,
    ) as string,
  });
  expect(found.find(({ path }) => path === "targets.fake.boot.network")?.problem).toMatch(
    /no network service in region/,
  );
});
