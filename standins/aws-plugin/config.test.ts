import { DescribeVpcsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { secret, UNKNOWN } from "../../provider-kit/testing/wire";
import { checkConfig, endpointOf, readConfig, regionOf } from "./config";
import { makeClients } from "./clients";
import type { AwsPlugin } from "./plugin";
import { REAL_ACCOUNT_VARIABLE } from "./refuse";
import { Lifecycle, startEmulated, type Emulated } from "./testing/plugin";

const failing = (news: Record<string, unknown>) => checkConfig(news).failures.map(({ property }) => property);

describe("the configuration", () => {
  it("is read as the SDK sends it, all but texts as JSON", () => {
    const config = readConfig({
      region: "eu-west-1",
      accessKey: "a",
      secretKey: secret("s"),
      endpoints: '[{"s3":"http://s3"},{"ec2":"http://ec2"}]',
      defaultTags: '{"tags":{"a":"1"}}',
      skipCredentialsValidation: "true",
      maxRetries: "3",
    });
    expect(config).toMatchObject({ secretKey: "s", defaultTags: { tags: { a: "1" } }, maxRetries: 3 });
    expect([endpointOf(config, "ec2"), endpointOf(config, "sts")]).toEqual(["http://ec2", undefined]);
  });

  it("reports every mistake, and what only the official plugin serves", () => {
    expect(failing({ region: UNKNOWN, accessKey: UNKNOWN, version: "7.48.0" })).toEqual([]);
    expect(failing({ accessKey: "a" })).toEqual(["secretKey"]);
    expect(failing({ assumeRoles: "[]", endpoints: "{", retryMode: "forever" }).sort()).toEqual([
      "assumeRoles",
      "endpoints",
      "retryMode",
    ]);
    expect(checkConfig({ assumeRoles: "[]" }).failures[0]?.reason).toContain("official plugin");
  });

  it("takes the region from the environment where none is given, and says so where there is none", () => {
    expect(regionOf({}, { AWS_DEFAULT_REGION: "b" })).toBe("b");
    expect(regionOf({}, { AWS_REGION: "a", AWS_DEFAULT_REGION: "b" })).toBe("a");
    expect(regionOf({ region: "c" }, { AWS_REGION: "a" })).toBe("c");
    expect(() => regionOf({}, {})).toThrow("pulumi config set aws:region");
  });
});

describe("requests", () => {
  let cloud: Emulated;
  beforeAll(async () => {
    cloud = await startEmulated();
  });
  afterAll(() => cloud.stop());

  it("are tried again when EC2 is busy, and not when it says no", async () => {
    const key = { publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxGmmVhd5JQuEMWcvO6LUvV0XRHRgEcuVmpZw4N3wyN" };
    const sent: string[] = [];
    const answer = (status: number, code: string) => {
      const plugin = cloud.configured({ maxRetries: "3" }, undefined, (client) =>
        client.middlewareStack.add(
          () => () => {
            sent.push(code);
            const $response = { statusCode: status, headers: {} };
            return Promise.reject(Object.assign(new Error("so it is"), { name: code, $response, $metadata: {} }));
          },
          { step: "deserialize", priority: "low", name: "refuse" },
        ),
      );
      return new Lifecycle(plugin, "aws:ec2/keyPair:KeyPair").create(key);
    };
    await expect(answer(503, "RequestLimitExceeded")).rejects.toThrow(
      "ImportKeyPair: RequestLimitExceeded: so it is (3 attempts)",
    );
    expect(sent).toHaveLength(3);
    await expect(answer(403, "UnauthorizedOperation")).rejects.toThrow(
      /^ImportKeyPair: UnauthorizedOperation: so it is$/,
    );
    expect(sent).toHaveLength(4);
  });

  it("never leave this machine, wherever the endpoint comes from, unless that is said to be meant", async () => {
    const key = { publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxGmmVhd5JQuEMWcvO6LUvV0XRHRgEcuVmpZw4N3wyN" };
    const create = (plugin: AwsPlugin) => new Lifecycle(plugin, "aws:ec2/keyPair:KeyPair").create(key);
    const sent: string[] = [];
    const pretend = (client: EC2Client) =>
      client.middlewareStack.add(
        () => (args) => {
          sent.push((args.request as { hostname: string }).hostname);
          return Promise.reject(Object.assign(new Error("not sent"), { name: "UnauthorizedOperation" }));
        },
        { step: "finalizeRequest", priority: "low", name: "pretend" },
      );
    await expect(create(cloud.configured({ endpoints: "[]" }, undefined, pretend))).rejects.toThrow(
      /^ImportKeyPair: StandInRefusal: the stand-in standins\/aws-plugin does not act on ec2\.us-east-1\.amazonaws\.com/,
    );
    expect(sent).toEqual([]);
    vi.stubEnv("AWS_ENDPOINT_URL_EC2", "http://192.0.2.1");
    try {
      const elsewhere = cloud.configured({ endpoints: "[]" }, undefined, pretend);
      await expect(create(elsewhere)).rejects.toThrow("does not act on 192.0.2.1");
    } finally {
      vi.unstubAllEnvs();
    }
    const meant = makeClients(readConfig({ region: "us-east-1", accessKey: "a", secretKey: "b" }), {
      [REAL_ACCOUNT_VARIABLE]: "yes",
    });
    const client = meant.ec2("us-east-1");
    pretend(client);
    await expect(client.send(new DescribeVpcsCommand({}))).rejects.toThrow("not sent");
    expect(sent).toEqual(["ec2.us-east-1.amazonaws.com"]);
  });

  it("go where AWS_ENDPOINT_URL_EC2 says, if the configuration does not", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    vi.stubEnv("AWS_ENDPOINT_URL_EC2", cloud.endpoint);
    try {
      const plugin = cloud.configured({ endpoints: "[]", maxRetries: "1" });
      const subnet = await plugin.invoke("aws:ec2/getSubnet:getSubnet", { availabilityZone: "us-east-1a" });
      expect(subnet).toMatchObject({ availabilityZone: "us-east-1a" });
      const caller = plugin.invoke("aws:index/getCallerIdentity:getCallerIdentity", {});
      await expect(caller).rejects.toThrow(/^GetCallerIdentity: .*127\.0\.0\.1:1/);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
