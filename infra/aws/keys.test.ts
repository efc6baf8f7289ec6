/** Keys that the settings name: what is encrypted with them, and what is found about them beforehand. */
import { describe, expect, it } from "vitest";
import type { Clients } from "./ask";
import { encryptionFindings } from "./encryption";
import { awsForm } from "./form";
import type { AwsUse } from "./grants";
import { keyUseFindings } from "./key-use";
import { keyFindings, lookAtKeys, namedKeys } from "./keys";
import { bootLaunch, launchInputs, workerLaunch } from "./launch";
import { awsPlaces, awsTarget, awsWorker } from "./settings";
import { trials } from "./trials";

const US = "arn:aws:kms:us-east-1:123456789012:key/us";
const EU = "arn:aws:kms:eu-west-1:123456789012:key/eu";
const ROLE = "arn:aws:iam::123456789012:role/upload";
const ME = "arn:aws:iam::123456789012:user/me";
const SPOT = "arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot";
const caller = { arn: ME, account: "123456789012" };

interface Keys {
  readonly us?: string;
  readonly eu?: string;
  readonly accounts?: string[];
  readonly isPublic?: boolean;
}

/** A spot worker in us-east-1, images there and in eu-west-1. */
function use({ us, eu, accounts = [], isPublic = false }: Keys = {}): AwsUse {
  const operatorCidr = "203.0.113.7/32";
  const sealed = (kmsKeyId: string | undefined) => (kmsKeyId === undefined ? {} : { kmsKeyId });
  const ami = { owner: "125523088429", name: "Fedora-*" };
  const subnets = ["subnet-1"];
  const worker = awsWorker({}).parse({
    ...{ platform: "aws", region: "us-east-1", instanceType: "c7i.xlarge", subnets, ami, operatorCidr },
    ...sealed(us),
  });
  const target = awsTarget({}).parse({
    ...{ platform: "aws", uploadRole: ROLE, operatorCidr, accounts, public: isPublic },
    regions: [
      { name: "us-east-1", output: "us", subnets, ...sealed(us) },
      { name: "eu-west-1", output: "eu", subnets, ...sealed(eu) },
    ],
  });
  return {
    stack: "devel",
    workers: [{ path: "architectures.x86_64.worker", arch: "x86_64", spec: worker }],
    places: awsPlaces(target).map((spec, index) => {
      return { path: `targets.aws.regions[${index}]`, arch: "x86_64" as const, spec };
    }),
  };
}

type Answers = Record<string, object | Error>;

/** Answers by `Action ARN`, or by action alone; the rest is empty. */
function service<Client extends keyof Clients>(answers: Answers): NonNullable<Clients[Client]> {
  const send = (command: { constructor: { name: string }; input: { KeyId?: string; GranteePrincipal?: string } }) => {
    const name = command.constructor.name.replace(/Command$/, "");
    const { KeyId = "", GranteePrincipal = "" } = command.input;
    const answer =
      answers[`${name} ${KeyId} ${GranteePrincipal}`] ?? answers[`${name} ${KeyId}`] ?? answers[name] ?? {};
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { send } as unknown as NonNullable<Clients[Client]>;
}

const refused = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error("no"), { name, $metadata: { httpStatusCode } });
const policy = (...Statement: readonly object[]) => ({ Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
const lets = (AWS: string | string[], more: object = {}) => ({
  ...{ Effect: "Allow", Principal: { AWS }, Action: "kms:*", Resource: "*" },
  ...more,
});

describe("what is encrypted with a region's own key", () => {
  const { workers, places } = use({ us: US, eu: EU });
  const [us, eu] = places.map(({ spec }) => spec);

  it("volumes of workers and boot checks, and nothing is said of a key where the settings say nothing", () => {
    const [worker] = workers.map(({ spec }) => spec);
    if (worker === undefined || eu === undefined) throw new Error("no worker, no place");
    const volumes = (launch: Parameters<typeof launchInputs>[0]) => {
      const { rootBlockDevice, ebsBlockDevices = [] } = launchInputs(launch);
      return [rootBlockDevice, ...ebsBlockDevices].map(({ encrypted, kmsKeyId }) => ({ encrypted, kmsKeyId }));
    };
    const at = { subnet: "subnet-1", spot: false };
    const sealed = { encrypted: true, kmsKeyId: US };
    expect(volumes({ ...workerLaunch("x86_64", worker), ...at })).toEqual([sealed, sealed]);
    expect(volumes({ ...bootLaunch("x86_64", eu), ...at })).toEqual([{ encrypted: true, kmsKeyId: EU }]);
    const { kmsKeyId: _, ...plain } = worker;
    const root = launchInputs({ ...workerLaunch("x86_64", plain), ...at }).rootBlockDevice;
    expect(root).not.toHaveProperty("kmsKeyId");
  });

  it("the snapshot that the worker fills, in the region that it is in", () => {
    expect(us && awsForm.of(us)).toMatchObject({ region: "us-east-1", kmsKeyId: US });
    expect(awsForm.schema.parse(us && awsForm.of(us))).toMatchObject({ kmsKeyId: US });
  });

  it("copies, which dry runs ask for with the key too", async () => {
    const asked: object[] = [];
    const ec2 = { send: (command: { input: object }) => Promise.resolve(void asked.push(command.input)) };
    const all = await trials({
      ...{ region: "eu-west-1", stack: "devel", machines: [], copiedFrom: "us-east-1" },
      copyKeys: [EU, undefined],
    });
    for (const one of all.filter(({ action }) => action === "ec2:CopyImage")) {
      await one.send(ec2);
    }
    expect(asked).toEqual([
      expect.objectContaining({ DryRun: true, Encrypted: true, KmsKeyId: EU }),
      expect.objectContaining({ DryRun: true, Encrypted: false }),
    ]);
    expect(asked[1]).not.toHaveProperty("KmsKeyId");
  });
});

describe("a key of the settings", () => {
  const found = async (answers: Answers) => {
    const named = namedKeys(use({ us: US }), "us-east-1");
    return keyFindings(named, await lookAtKeys(service<"kms">(answers), [US]));
  };
  const paths = ["architectures.x86_64.worker.kmsKeyId", "targets.aws.regions[0].kmsKeyId"];

  it.each<[string, Answers, RegExp, RegExp]>([
    [
      "is not there",
      { DescribeKey: refused("NotFoundException", 400) },
      /KMS does not give the key .*us: NotFoundException: no/,
      /list-keys/,
    ],
    ["is switched off", { DescribeKey: { KeyMetadata: { KeyState: "Disabled" } } }, /is Disabled/, /enable-key/],
    [
      "ends",
      { DescribeKey: { KeyMetadata: { KeyState: "PendingDeletion" } } },
      /is PendingDeletion/,
      /cancel-key-deletion/,
    ],
    [
      "signs",
      { DescribeKey: { KeyMetadata: { KeyState: "Enabled", KeyUsage: "SIGN_VERIFY", KeySpec: "RSA_2048" } } },
      /is for SIGN_VERIFY with RSA_2048: EBS takes symmetric keys/,
      /create-key/,
    ],
  ])("that %s is found at each place that names it", async (_, answers, problem, remedy) => {
    const findings = await found(answers);
    expect(findings.map(({ path }) => path)).toEqual(paths);
    for (const one of findings)
      expect(one).toMatchObject({ problem: expect.stringMatching(problem), remedy: expect.stringMatching(remedy) });
  });

  it("that is fit, or may not be looked at, is no finding; a network that is away is", async () => {
    expect(await found({ DescribeKey: { KeyMetadata: { KeyState: "Enabled" } } })).toEqual([]);
    expect(await found({ DescribeKey: refused("AccessDeniedException", 400) })).toEqual([]);
    await expect(found({ DescribeKey: new Error("ECONNREFUSED") })).rejects.toThrow("ECONNREFUSED");
  });
});

describe("who may use a key", () => {
  const uses = async (answers: Answers, keys: Keys = { us: US }) => {
    const kms = service<"kms">(answers);
    const clients = new Map([["us-east-1", { kms } as unknown as Clients]]);
    return keyUseFindings({ use: use(keys), caller, clients, looked: await lookAtKeys(kms, [US]) });
  };
  const account = lets("arn:aws:iam::123456789012:root");
  const grants = (principal: string) => ({ [`ListGrants ${US} ${principal}`]: { Grants: [{}] } });

  it("is left to the account's policies where the key's leaves it to them, but for spot capacity", async () => {
    const spot = {
      path: "architectures.x86_64.worker.kmsKeyId",
      problem: expect.stringMatching(/does not let Amazon's role for spot instances use it, and no grant on it does/),
      remedy: expect.stringContaining(`--key-id ${US} --grantee-principal ${SPOT} --operations`),
      note: true,
    };
    expect(await uses({ GetKeyPolicy: policy(account) })).toEqual([spot]);
    expect(await uses({ GetKeyPolicy: policy(account), ...grants(SPOT) })).toEqual([]);
    expect(await uses({ GetKeyPolicy: policy(account, lets(SPOT)) })).toEqual([]);
  });

  it("is found where the key's policy names neither the account, nor us or the role of the uploads", async () => {
    const mine = { GetKeyPolicy: policy(lets([ME, SPOT])) };
    expect(await uses(mine)).toEqual([
      {
        path: "targets.aws.regions[0].kmsKeyId",
        problem: `the policy of ${US} does not let ${ROLE} use it, and no grant on it does`,
        remedy: expect.stringContaining(`name ${ROLE}, or`),
      },
    ]);
    expect(await uses({ ...mine, ...grants(ROLE) })).toEqual([]);
    const noOne = await uses({ GetKeyPolicy: policy(lets("arn:aws:iam::123456789012:user/other", {}), lets(SPOT)) });
    expect(noOne.map(({ path, problem }) => `${path} ${problem.includes(ME) ? "me" : "role"}`)).toEqual([
      "architectures.x86_64.worker.kmsKeyId me",
      "targets.aws.regions[0].kmsKeyId me",
      "targets.aws.regions[0].kmsKeyId role",
    ]);
  });

  it("is a note where grants can't be read, and nothing where the policy can't, or no key is named", async () => {
    const denied = { ListGrants: refused("AccessDeniedException", 400) };
    const doubts = await uses({ GetKeyPolicy: policy(lets([ME, SPOT])), ...denied });
    expect(doubts).toEqual([
      expect.objectContaining({ note: true, problem: expect.stringContaining("can't be read") }),
    ]);
    expect(await uses({ GetKeyPolicy: refused("AccessDeniedException", 400), ...denied })).toEqual([]);
    expect(await uses({ GetKeyPolicy: policy() }, {})).toEqual([]);
  });

  it.each<[string, object]>([
    ["anybody under conditions", lets("*", { Condition: { StringEquals: { "kms:CallerAccount": "123456789012" } } })],
    ["the account by its number", lets("123456789012")],
    ["all but some", { Effect: "Allow", NotPrincipal: { AWS: "arn:aws:iam::1:root" }, Action: ["kms:Generate*"] }],
    ["sessions of the role", lets([ME, "arn:aws:sts::123456789012:assumed-role/upload/worker"])],
  ])("is nothing to find where the policy lets %s", async (_, statement) => {
    expect(await uses({ GetKeyPolicy: policy(statement, lets(SPOT)) })).toEqual([]);
  });
});

describe("images that others are to use", () => {
  const shared = async (
    keys: Keys,
    region: string,
    { answers = {}, byDefault = false, from = [], key }: Sharing = {},
  ) => {
    const ec2 = service<"ec2">({ GetEbsEncryptionByDefault: { EbsEncryptionByDefault: byDefault } });
    const ours = use({ accounts: ["210987654321"], ...keys });
    const looked = await lookAtKeys(
      service<"kms">(answers),
      namedKeys(ours, region).map(({ arn }) => arn),
    );
    const encryptsIn = (one: string) => Promise.resolve(from.includes(one));
    return encryptionFindings({ use: ours, region, ec2, encryptsIn, key, looked });
  };
  interface Sharing {
    readonly answers?: Answers;
    readonly byDefault?: boolean;
    /** Other regions that do so too. */
    readonly from?: readonly string[];
    /** The account's own for EBS. */
    readonly key?: string;
  }

  it("are never everybody's where a key encrypts them", async () => {
    expect(await shared({ us: US, isPublic: true, accounts: [] }, "us-east-1")).toEqual([
      {
        path: "targets.aws.public",
        problem: "kmsKeyId encrypts images in us-east-1, and EC2 makes no image with an encrypted snapshot public",
        remedy: "take targets.aws.regions[0].kmsKeyId away, or leave the region out",
      },
    ]);
  });

  it("can't be encrypted with Amazon's key, named or by default", async () => {
    const amazons = { DescribeKey: { KeyMetadata: { KeyState: "Enabled", KeyManager: "AWS" } } };
    const why = /Amazon's own key \(alias\/aws\/ebs\), and EC2 shares no image/;
    const remedy = expect.stringMatching(
      /^name a key of your own that 210987654321 may use in targets.aws.regions\[0\].kmsKeyId/,
    );
    const finding = { path: "targets.aws.accounts", problem: expect.stringMatching(why), remedy };
    expect(await shared({ us: US }, "us-east-1", { answers: amazons })).toEqual([finding]);
    expect(await shared({}, "us-east-1", { byDefault: true })).toEqual([finding]);
    // A key of one's own in the settings stands above the account's.
    expect(await shared({ us: US }, "us-east-1", { byDefault: true })).toEqual([]);
  });

  it("are encrypted where their source is: with the other region's default key, if it has no own", async () => {
    expect(await shared({ us: US }, "eu-west-1")).toEqual([
      expect.objectContaining({
        path: "targets.aws.accounts",
        problem: expect.stringMatching(
          /^images in eu-west-1 are copies of the one in us-east-1, which kmsKeyId encrypts.*Amazon's own key/,
        ),
      }),
    ]);
    expect(await shared({ us: US }, "eu-west-1", { key: EU })).toEqual([]);
    expect(await shared({}, "eu-west-1", { from: ["us-east-1"] })).toEqual([
      expect.objectContaining({
        problem: expect.stringMatching(
          /^images in eu-west-1 are copies of the one in us-east-1, which the account enc/,
        ),
        remedy: expect.stringContaining("disable-ebs-encryption-by-default --region us-east-1"),
      }),
    ]);
    expect(await shared({}, "us-east-1", { from: ["eu-west-1"] })).toEqual([]);
    expect(await shared({ us: US, eu: EU }, "eu-west-1")).toEqual([]);
  });

  it("get a note where the key's policy names nobody of an account, which a grant may still let", async () => {
    const own = lets("arn:aws:iam::123456789012:root");
    const [note, ...more] = await shared({ us: US }, "us-east-1", { answers: { GetKeyPolicy: policy(own) } });
    expect(more).toEqual([]);
    expect(note).toMatchObject({ note: true, problem: expect.stringContaining("names nobody of 210987654321") });
    const both = policy(own, lets("arn:aws:iam::210987654321:root"));
    expect(await shared({ us: US }, "us-east-1", { answers: { GetKeyPolicy: both } })).toEqual([]);
  });
});
