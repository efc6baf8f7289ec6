/** What the program asks of IBM Cloud: looking, listing what is owned, and the preflight, none of which changes anything. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlatformUse } from "../../infra/platform";
import { ibmLook } from "../../infra/ibm/look";
import { ibmOwned } from "../../infra/ibm/owned";
import { ibmPolicies } from "../../infra/ibm/policy";
import { ibmIdentity, ibmPreflight } from "../../infra/ibm/preflight";
import { ibmClients, type IbmClients } from "../../infra/ibm/provider/clients";
import { diskObject } from "../../infra/ibm/provider/cos";
import { machineName, unfinishedName } from "../../infra/ibm/provider/marks";
import { ibmPlaces, ibmTarget, ibmWorker, type IbmPlace, type IbmWorker } from "../../infra/ibm/settings";
import type { OpenBucket } from "../../provider/object-store-parts";
import { ACCOUNT, OPERATING_SYSTEMS } from "../../standins/ibm-cloud/world";
import { startIbmCloud, type IbmCloud } from "../../standins/ibm-cloud/start";
import { fakeWait } from "./support/wait";

const IDENTITY = "abcdefgh2345";
const KEY = "ab".repeat(32);

const boot = { zone: "us-east-1", vpc: "builders", subnet: "builders-us-east-1" };
const FROM = { COPR_BUILDERS_OPERATOR_CIDR: "203.0.113.7/32" };
const target = ibmTarget(FROM).parse({
  platform: "ibm",
  regions: [
    { name: "us-east", boot },
    { name: "br-sao", boot: { zone: "br-sao-1", vpc: "builders", subnet: "builders-br-sao-1" } },
  ],
  bucket: { name: "images", region: "jp-tok" },
  resourceGroup: "copr",
  operatingSystem: "ubuntu-24-04-amd64",
});
const worker = ibmWorker(FROM).parse({
  ...{
    platform: "ibm",
    region: "us-east",
    ...boot,
    image: "ibm-ubuntu-24-04-3-minimal-amd64-1",
    resourceGroup: "copr",
  },
});
const use = (places: readonly IbmPlace[] = ibmPlaces(target), workers: readonly IbmWorker[] = [worker]) => ({
  workers: workers.map((spec) => ({ path: "architectures.x86_64.worker", arch: "x86_64" as const, spec })),
  places: places.map((spec, at) => ({ path: `targets.cloud.regions[${at}]`, arch: "x86_64" as const, spec })),
});

let cloud: IbmCloud;
let clients: IbmClients;
let bucket: OpenBucket;
let bin: string;
beforeEach(async () => {
  cloud = await startIbmCloud({ pageSize: 50 });
  const nobody = () => Promise.reject(new Error("a preflight writes nothing"));
  bucket = {
    ...{ head: () => Promise.resolve(undefined), list: () => Promise.resolve([]), uploads: () => Promise.resolve([]) },
    ...{
      look: () => Promise.resolve("jp-tok-smart"),
      sendFile: nobody,
      delete: nobody,
      abort: nobody,
      abortAll: nobody,
    },
    ...{ begin: nobody, parts: nobody, complete: nobody, presignParts: nobody },
  };
  clients = { ...ibmClients({ env: cloud.environment, wait: fakeWait().wait }), bucket: () => bucket };
  bin = mkdtempSync(join(tmpdir(), "bin-"));
  for (const program of ["zstd", "qemu-img"]) writeFileSync(join(bin, program), "");
});
afterEach(() => cloud.stop());

const open = () => clients;
const now = new Date("2026-11-27T00:00:00Z");
const missing = async (of: PlatformUse<IbmWorker, IbmPlace> = use()) =>
  (await ibmPreflight(of, { open, now, path: bin })).map(
    ({ path, problem, remedy, note = false }) => `${note ? "note: " : ""}${path}: ${problem}; ${remedy}`,
  );
const changes = () => cloud.asked.filter((one) => !one.startsWith("GET ") && !one.endsWith("/identity/token"));

/** An image as one is after `IbmImage` has made it. */
function image(region: string, name: string, tags: readonly string[], status = "available") {
  const entry = cloud.world.add("images", region, name, {
    ...{ status, status_reasons: [], visibility: "private", operating_system: { name: "x", architecture: "amd64" } },
    ...{ file: { size: 2 }, zones: [] },
  });
  cloud.world.tags.set(entry.json.crn, new Set(tags));
  return entry.json;
}
const OWNED = [`copr-builders-owner:${IDENTITY}`, "copr-builders-resource:r"];

describe("a place", () => {
  test("is its account's region; its images are found by the planned names, with whose they are", async () => {
    const ours = image("us-east", "copr-builder-x86-64-g1-abababab", OWNED);
    const others = image("us-east", "copr-builder-x86-64-g2-abababab", [], "failed");
    image("us-east", "something-else", OWNED);
    image("br-sao", "copr-builder-x86-64-g1-abababab", OWNED);
    const names = [
      "copr-builder-x86_64-g1-abababab",
      "copr-builder-x86_64-g2-abababab",
      "copr-builder-x86_64-g3-abababab",
    ];
    expect(await ibmLook({ region: "us-east" }, names, open)).toEqual({
      identity: `ibm-${ACCOUNT}-us-east`,
      images: [
        { name: names[0], imageId: ours.id, owner: IDENTITY, whole: true },
        { name: names[1], imageId: others.id, whole: false },
      ],
    });
    expect(changes()).toEqual([]);
  });

  test("is asked for no images where none is wanted", async () => {
    expect((await ibmLook({ region: "eu-es" }, [], open)).images).toEqual([]);
    expect(cloud.asked.filter((one) => one.includes("/images"))).toEqual([]);
  });
});

describe("what is owned", () => {
  const listed = async () => ibmOwned(use(), IDENTITY, { open, wait: fakeWait().wait });

  test("is what bears the identity: images by their tags, machines and what is not finished by their names", async () => {
    const whole = image("br-sao", "copr-builder-x86-64-g1-abababab", OWNED);
    image("br-sao", "copr-builder-x86-64-g2-abababab", ["copr-builders-owner:zzzzzzzz2345"]);
    const half = image("us-east", unfinishedName({ identity: IDENTITY, resource: "r" }), [], "pending");
    const base = machineName(IDENTITY, "m");
    const group = cloud.world.add("security_groups", "us-east", base, { vpc: { id: "v" }, rules: [] });
    cloud.world.add("security_groups", "us-east", machineName("zzzzzzzz2345".slice(0, 12), "m"), { vpc: { id: "v" } });
    const object = diskObject(IDENTITY, KEY);
    bucket = {
      ...bucket,
      list: (prefix) => Promise.resolve(object.startsWith(prefix) ? [{ object, sizeBytes: 7 }] : []),
    };
    const found = await listed();
    expect(found.map(({ kind, id, where }) => `${kind} ${id} ${where}`).sort()).toEqual(
      [
        ...[`image ${whole.id} br-sao`, `image ${half.id} us-east`, `security group ${group.json.id} us-east`],
        `object cos://jp-tok/images/${object} cos://jp-tok/images`,
      ].sort(),
    );
    expect(found.find(({ id }) => id === whole.id)).toMatchObject({
      ...{ owners: { "builders:index:IbmImage": whole.id }, resource: "r", bytes: 2e9 },
    });
    expect(found.find(({ kind }) => kind === "object")?.owners).toEqual({
      "builders:index:IbmDiskObject": `cos://jp-tok/images/${object}`,
      "builders:index:Artifact": KEY,
    });
    expect(changes()).toEqual([]);
  });

  test("is removed, but for what another has taken over since it was listed", async () => {
    image("br-sao", "copr-builder-x86-64-g1-abababab", OWNED);
    const taken = image("br-sao", "copr-builder-x86-64-g2-abababab", OWNED);
    const found = await listed();
    cloud.world.tags.set(taken.crn, new Set(["copr-builders-owner:zzzzzzzz2345"]));
    for (const one of found) await one.remove();
    expect(cloud.world.all("images", "br-sao").filter(({ json }) => json["visibility"] === "private")).toEqual([
      expect.objectContaining({ json: taken }),
    ]);
    for (const one of found) await one.remove();
  });
});

describe("the preflight", () => {
  test("finds nothing where nothing is missing, changes nothing, and says who we are", async () => {
    expect(await missing()).toEqual([]);
    expect(changes()).toEqual([]);
    expect(await ibmIdentity(use(), open)).toBe(`account ${ACCOUNT}`);
  });

  test("finds a key that is not good, once, with IAM's words", async () => {
    const env = { ...cloud.environment, IBMCLOUD_API_KEY: "wrong" };
    clients = ibmClients({ env, wait: fakeWait().wait });
    expect(await missing()).toEqual([
      expect.stringMatching(/^architectures\.x86_64\.worker: .*BXNIM0415E.*IBMCLOUD_API_KEY$/) as string,
    ]);
    expect(await ibmIdentity(use(), open)).toBeUndefined();
  });

  test("finds a region that can't be reached, and goes on with the others", async () => {
    cloud.world.unreachable.add("br-sao");
    const found = await missing();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^targets\.cloud\.regions\[1\]: can't look for br-sao in br-sao: no answer from http/);
  });

  test("finds what the bucket lacks: keys, place, and that the image service may read it", async () => {
    cloud.world.readableBuckets.clear();
    bucket = { ...bucket, look: () => Promise.resolve("eu-de-smart") };
    expect(await missing()).toEqual([
      "targets.cloud.bucket.region: bucket images is in eu-de-smart; write that location",
      expect.stringMatching(
        /^targets\.cloud\.bucket: the image service of VPC may not read bucket images; run: ibmcloud iam/,
      ),
    ]);
    cloud.world.readableBuckets.add("*");
    bucket = { ...bucket, look: () => Promise.reject(new Error("403 AccessDenied")) };
    expect(await missing()).toEqual([expect.stringMatching(/^targets\.cloud\.bucket: 403 AccessDenied; see that/)]);
  });

  test("goes by the instance and the account that the keys' file names", async () => {
    const keysOf = (account: string) => {
      const file = join(bin, "credentials.json");
      const crn = `crn:v1:bluemix:public:cloud-object-storage:global:a/${account}:0d4e-guid::`;
      const cos_hmac_keys = { access_key_id: "a", secret_access_key: "secret" };
      writeFileSync(file, JSON.stringify({ cos_hmac_keys, resource_instance_id: crn }));
      const env = { ...cloud.environment, COS_CREDENTIALS_FILE: file };
      clients = { ...ibmClients({ env, wait: fakeWait().wait }), bucket: () => bucket };
    };
    keysOf(ACCOUNT);
    expect(await missing()).toEqual([]);
    cloud.world.readableInstance = "0d4e-guid";
    expect(await missing()).toEqual([]);
    cloud.world.readableInstance = "another-guid";
    expect(await missing()).toEqual([
      expect.stringMatching(/^targets\.cloud\.bucket: the image service of VPC may not read bucket images/),
    ]);
    // There the authorization is, and this key does not see it.
    keysOf("ffff");
    expect(await missing()).toEqual([
      expect.stringMatching(
        /^note: targets\.cloud\.bucket: bucket images is in account ffff, .*--source-service-account 0a1b\S+: ibmcloud iam/,
      ),
    ]);
  });

  test("takes a location for no other whose name begins so", async () => {
    bucket = { ...bucket, look: () => Promise.resolve("us-south-standard") };
    const bucketIn = (region: string) => ibmPlaces({ ...target, bucket: { name: "images", region } });
    expect(await missing(use(bucketIn("us-south")))).toEqual([]);
    expect(await missing(use(bucketIn("us")))).toEqual([
      expect.stringContaining("bucket images is in us-south-standard"),
    ]);
  });

  test("says that authorizations could not be asked, and holds nothing up for that", async () => {
    cloud.faults.add({ method: "GET", path: /policies/, outcome: { status: 403 } });
    expect(await missing()).toEqual([
      expect.stringMatching(
        /^note: targets\.cloud\.bucket: whether the image service may read bucket images could not/,
      ),
    ]);
  });

  test("finds each wrong name by its path, all at once", async () => {
    const [first, second] = ibmPlaces(target);
    if (first === undefined || second === undefined) throw new Error("two places");
    const wrong: IbmPlace[] = [
      {
        ...first,
        resourceGroup: "none",
        operatingSystem: "zos-3-1-s390x",
        boot: { ...first.boot, profile: "bz2-1x4" },
      },
      { ...second, boot: { ...second.boot, zone: "br-sao-2", floatingIp: "none" } },
    ];
    const workers = [{ ...worker, zone: "us-east-9", vpc: "none", image: "ibm-ubuntu-24-04-3-minimal-s390x-1" }];
    expect((await missing(use(wrong, workers))).map((text) => text.split("; ")[0]).sort()).toEqual(
      [
        'targets.cloud.resourceGroup: the account has no resource group "none"',
        "targets.cloud.operatingSystem: no image of one's own can be of operating system zos-3-1-s390x",
        "targets.cloud.regions[0].boot.profile: profile bz2-1x4 is for s390x, and the machine is for x86_64",
        "targets.cloud.regions[1].boot.subnet: subnet builders-br-sao-1 is in zone br-sao-1, not in br-sao-2",
        "targets.cloud.regions[1].boot.floatingIp: br-sao has no floating IP none",
        "architectures.x86_64.worker.zone: us-east-9 is no zone that is available in us-east, which has us-east-1, us-east-2, us-east-3",
        "architectures.x86_64.worker.profile: profile bx2-4x16 is not in zone us-east-9",
        "architectures.x86_64.worker.subnet: us-east has no VPC none",
        "architectures.x86_64.worker.image: stock image ibm-ubuntu-24-04-3-minimal-s390x-1 is for s390x, and the machine is for x86_64",
      ].sort(),
    );
    expect(changes()).toEqual([]);
  });

  test("counts what quotas leave for as many machines as are started at once", async () => {
    const address = (at: number) =>
      cloud.world.add("floating_ips", "us-east", `theirs-${at}`, {
        ...{ address: `198.51.100.${at}`, status: "available", zone: { name: "us-east-1" } },
      });
    for (let at = 1; at <= 38; at += 1) address(at);
    const instance = { status: "running", zone: { name: "us-east-1" }, vcpu: { count: 96 } };
    for (const name of ["a", "b"]) cloud.world.add("instances", "us-east", name, instance);
    expect(await missing({ ...use(), boots: 2 })).toEqual([]);
    address(39);
    expect(await missing({ ...use(), boots: 5 })).toEqual([
      expect.stringMatching(
        /^note: targets\.cloud\.regions\[0\]\.boot\.zone: 39 floating IPs in us-east-1 are in use and 5 more are wanted at once, over the quota of 40; unless IBM has raised it/,
      ),
      expect.stringMatching(
        /^note: targets\.cloud\.regions\[0\]\.boot: 192 vCPUs in us-east are in use and 10 more are wanted at once, over the quota of 200/,
      ),
    ]);
    expect(changes()).toEqual([]);
  });

  test("a reserved address is for one machine; one that a machine of this stack still has holds nothing up", async () => {
    const fields = { address: "198.51.100.1", status: "available", zone: { name: "us-east-1" } };
    const { json } = cloud.world.add("floating_ips", "us-east", "mine", fields);
    const [first] = ibmPlaces(target);
    if (first === undefined) throw new Error("no place");
    const reserved = use(
      [{ ...first, boot: { ...first.boot, floatingIp: "mine" } }],
      [{ ...worker, floatingIp: "mine" }],
    );
    expect(await missing(reserved)).toEqual([]);
    expect(await missing({ ...reserved, boots: 2 })).toEqual([
      "targets.cloud.regions[0].boot.floatingIp: floating IP mine is for one machine, and 2 are started at once; leave it out, or name one for each",
    ]);
    const holder = machineName(IDENTITY, "m");
    Object.assign(json, { target: { id: "x", name: holder } });
    const held = `architectures.x86_64.worker.floatingIp: floating IP mine is in use by ${holder}`;
    expect((await missing(reserved))[0]).toMatch(`${held}; `);
    const own = await missing({ ...reserved, identity: IDENTITY });
    expect(own.every((one) => one.startsWith("note: "))).toBe(true);
    expect(own.join()).toContain(`note: ${held}, a machine of this stack`);
  });

  test("tells of a stock image that ends, and of a system whose images no boot check can reach", async () => {
    for (const { json } of cloud.world.all("images", "us-east")) json["status"] = "deprecated";
    expect(await missing()).toEqual([
      expect.stringMatching(/^note: architectures\.x86_64\.worker\.image: stock image \S+ is deprecated/),
    ]);
    const system = OPERATING_SYSTEMS.find(({ name }) => name === target.operatingSystem);
    Object.assign(system ?? {}, { dedicated_host_only: true });
    const hosts = await missing().finally(() => Object.assign(system ?? {}, { dedicated_host_only: false }));
    expect(hosts.join("\n")).toMatch(/images of ubuntu\S+ start on dedicated hosts alone/);
    Object.assign(system ?? {}, { user_data_format: "ipxe" });
    const found = await missing().finally(() => Object.assign(system ?? {}, { user_data_format: "cloud_init" }));
    expect(found.join("\n")).toMatch(
      /targets\.cloud\.operatingSystem: images of ubuntu\S+ are told nothing by cloud-init/,
    );
  });

  test("finds the newest stock image where none is named, by the architecture or by an operating system", async () => {
    const { image: _, ...unnamed } = worker;
    expect(await missing(use([], [unnamed]))).toEqual([]);
    expect(await missing(use([], [{ ...unnamed, operatingSystem: "fedora-42-amd64" }]))).toEqual([
      'architectures.x86_64.worker.operatingSystem: IBM has no stock image of operating system fedora-42-amd64 in us-east; name one of "ibmcloud is images --visibility public"',
    ]);
  });

  test("names the programs that this machine lacks, where images are made", async () => {
    mkdirSync(join(bin, "empty"));
    const found = async (of = use()) => ibmPreflight(of, { open, now, path: join(bin, "empty") });
    const said = async (of = use()) =>
      (await found(of)).map(({ problem, note = false }) => [problem.split(",")[0], note]);
    // A worker needs them not, and what it can't send does.
    expect(await said()).toEqual([
      ["this machine has no zstd", true],
      ["this machine has no qemu-img", true],
    ]);
    const [one, ...more] = ibmPlaces(target);
    if (one === undefined) throw new Error("no place");
    expect(await said(use([one, ...more.map((place) => ({ ...place, diskFrom: "store" as const }))]))).toEqual([
      ["this machine has no zstd", false],
      ["this machine has no qemu-img", false],
    ]);
    expect(await found(use([]))).toEqual([]);
  });

  test("says of s390x that it ends; after that day nothing waits for it", async () => {
    const s390x = { workers: [], places: use().places.map((place) => ({ ...place, arch: "s390x" as const })) };
    const ends = async (day: string) =>
      (await ibmPreflight(s390x, { open, now: new Date(day), path: bin })).filter(({ problem }) =>
        /no new/.test(problem),
      );
    expect(await ends("2027-02-19")).toEqual([
      expect.objectContaining({
        note: true,
        path: "targets.cloud",
        problem: expect.stringContaining("2027-02-20") as string,
      }),
    ]);
    expect((await ends("2027-02-20"))[0]).not.toHaveProperty("note");
  });
});

test("what must be allowed is said in roles and as commands, and no more than is used", () => {
  const { operator } = ibmPolicies(use());
  expect(operator.commands).toContain(
    'ibmcloud iam service-policy-create SERVICE_ID --roles Editor --service-name is --attributes "imageId=*" --resource-group-name copr',
  );
  expect(operator.commands).toContain(
    'ibmcloud iam service-policy-create SERVICE_ID --roles Operator --service-name is --attributes "vpcId=*"',
  );
  expect(operator.commands).toContain(
    'ibmcloud iam service-policy-create SERVICE_ID --roles Viewer --resource-type resource-group --resource "$(ibmcloud resource group copr --id)"',
  );
  expect(operator.commands).toContain(
    "ibmcloud iam service-policy-create SERVICE_ID --roles Writer --service-name cloud-object-storage --resource-type bucket --resource images",
  );
  expect(operator.commands.at(-1)).toMatch(/^ibmcloud iam authorization-policy-create is cloud-object-storage Reader/);
  const alone = ibmPolicies(use([]));
  expect(JSON.stringify(alone)).not.toMatch(/cloud-object-storage|"Editor"\],"attribute":"imageId"/);
  expect(ibmPolicies({ workers: [], places: [] }).operator.commands).toEqual([]);
});
