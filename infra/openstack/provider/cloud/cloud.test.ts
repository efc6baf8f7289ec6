import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { endpointOf } from "./catalog";
import { cloudOf, type Cloud } from "./cloud";
import { CloudError, NoAnswer, wordsOf } from "./errors";
import { glanceOf } from "./glance";
import { fakeCloud, type FakeCloud } from "./testing/fake-cloud";

let fake: FakeCloud;
let cloud: Cloud;
const open = async (tokenSeconds?: number) => {
  fake = await fakeCloud(tokenSeconds);
  cloud = cloudOf(fake.access, { wait: fake.wait });
};
beforeEach(() => open());
afterEach(() => fake.close());

/** Each answer once, the last for ever. */
function inTurn(...answers: readonly (readonly [number, string, Readonly<Record<string, string>>?])[]): void {
  let at = 0;
  fake.answer((_received, response) => {
    const [status, text, headers = {}] = answers[Math.min(at, answers.length - 1)] ?? [500, ""];
    at += 1;
    response.writeHead(status, headers).end(text);
  });
}

describe("the token", () => {
  test("is asked for once, however many requests there are at once", async () => {
    await Promise.all([1, 2, 3].map((n) => cloud.ask(`${fake.url}/${n}`)));
    expect(fake.logins()).toBe(1);
    expect(fake.received.map(({ token }) => token)).toEqual(["token-1", "token-1", "token-1"]);
  });

  test("is renewed where it is refused, once", async () => {
    inTurn([401, "{}"], [200, "{}"]);
    await cloud.ask(`${fake.url}/x`, { method: "POST", json: {} });
    expect(fake.received.map(({ token }) => token)).toEqual(["token-1", "token-2"]);
    inTurn([401, JSON.stringify({ error: { message: "no more" } })]);
    await expect(cloud.ask(`${fake.url}/x`)).rejects.toThrow(
      /answered 401 .*: no more\nthe cloud does not know us: check the credentials in clouds.yaml/,
    );
    expect(fake.logins()).toBe(3);
  });

  test("of another project than the settings want is refused: images would be made there", async () => {
    const open = (wanted: string) => cloudOf({ ...fake.access, wanted }, { wait: fake.wait });
    await expect(open("other").token()).rejects.toThrow(
      /of clouds.yaml are of project farm \(p\), and the settings want project other: leave "project" out/,
    );
    expect((await open("farm").token()).project?.id).toBe("p");
    expect((await open("p").token()).project?.id).toBe("p");
  });

  test("that is about to end is renewed once, however many need it", async () => {
    await fake.close();
    await open(30);
    await cloud.token();
    await Promise.all([1, 2, 3].map(() => cloud.token()));
    expect(fake.logins()).toBe(2);
  });

  test("is renewed before it ends", async () => {
    await fake.close();
    await open(30);
    await cloud.ask(`${fake.url}/x`);
    await cloud.ask(`${fake.url}/x`);
    expect(fake.logins()).toBeGreaterThan(1);
    expect(fake.received.at(-1)?.token).toBe(`token-${fake.logins()}`);
  });
});

describe("a service that can't answer now", () => {
  test("is asked again after the time that it says, and after longer and longer times where it says none", async () => {
    inTurn([429, "", { "retry-after": "7" }], [503, ""], [503, "", { "retry-after": "99999" }], [200, '{"a":1}']);
    await expect(cloud.read(z.object({ a: z.number() }), `${fake.url}/x`)).resolves.toEqual({ a: 1 });
    expect(fake.waited).toEqual([7000, 2000, 60_000]);
  });

  test("is given up in the end, in its own words", async () => {
    inTurn([
      503,
      "<html><head><title>x</title></head><body><h1>503</h1>Backend &quot;down&quot;</body></html>",
      { "x-openstack-request-id": "req-1" },
    ]);
    const error: unknown = await cloud.ask(`${fake.url}/x?secret=1`).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(CloudError);
    expect(String(error)).toContain(`answered 503 to GET ${fake.url}/x: 503 Backend "down"\n`);
    expect(String(error)).toContain("request req-1");
    expect(fake.received).toHaveLength(5);
  });

  test("gets a POST that may have been heard once, and one that it refused again", async () => {
    inTurn([500, "{}"]);
    await expect(cloud.ask(`${fake.url}/x`, { method: "POST", json: {} })).rejects.toThrow(CloudError);
    expect(fake.received).toHaveLength(1);
    inTurn([503, ""], [201, "{}"]);
    await cloud.ask(`${fake.url}/x`, { method: "POST", json: {} });
    expect(fake.received).toHaveLength(3);
  });

  test("gets nothing twice where the connection ended without an answer, but what may be sent twice", async () => {
    fake.answer((_received, response) => response.socket?.destroy());
    await expect(cloud.ask(`${fake.url}/x`, { method: "POST", json: {} })).rejects.toThrow(NoAnswer);
    expect(fake.received).toHaveLength(1);
    await expect(cloud.ask(`${fake.url}/x`)).rejects.toThrow(/got no answer: .*can it be reached from here/);
    expect(fake.received).toHaveLength(6);
  });

  test("may refuse a stream before all of it is sent", async () => {
    fake.answer(() => undefined);
    await fake.close();
    const { createServer } = await import("node:http");
    const server = createServer((_request, response) => {
      response.writeHead(413).end(JSON.stringify({ message: "Quota exceeded" }));
    });
    fake = await fakeCloud();
    cloud = cloudOf(fake.access, { wait: fake.wait });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const bytes = async function* () {
      for (let n = 0; n < 1000; n += 1) yield await Promise.resolve(Buffer.alloc(64 * 1024));
    };
    const stream = { bytes: bytes(), length: 1000 * 64 * 1024 };
    await expect(cloud.ask(`http://127.0.0.1:${port}/f`, { method: "PUT", stream })).rejects.toThrow(/a quota is met/);
    // Nor does the connection wait for the rest of it.
    await expect.poll(() => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(0);
    server.closeAllConnections();
    server.close();
  });
});

test("a page where an answer should be is told as one, and not as a mistake in JSON", async () => {
  fake.answer((_received, response) => response.end("<html><body>Welcome to the portal</body></html>"));
  await expect(cloud.read(z.object({}), `${fake.url}/x`)).rejects.toThrow(
    `${fake.url}/x answered no JSON: Welcome to the portal; is it the address of the service`,
  );
});

test("many requests at once make node warn of nothing", async () => {
  const warnings: string[] = [];
  const warned = ({ name }: Error): void => void warnings.push(name);
  process.on("warning", warned);
  await Promise.all(Array.from({ length: 30 }, (_, n) => cloud.ask(`${fake.url}/${n}`)));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", warned);
  expect(warnings).toEqual([]);
});

test("words are found in the answers of every service", () => {
  expect(wordsOf('{"error":{"code":401,"message":"a","title":"t"}}')).toBe("a");
  expect(wordsOf('{"message":"b<br /><br />\\n","code":"404 Not Found"}')).toBe("b");
  expect(wordsOf('{"NeutronError":{"type":"OverQuota","message":"c","detail":"d"}}')).toBe("OverQuota: c (d)");
  expect(wordsOf('{"badRequest":{"code":400,"message":"e"}}')).toBe("e");
  expect(wordsOf("x".repeat(2000)).length).toBeLessThan(700);
});

test.each([
  ["Quota exceeded for instances: Requested 1, but already used 2 of 2 instances", 403, "a quota is met"],
  ["IpAddressGenerationFailure: No more IP addresses available on network n.", 409, "the network has no address left"],
  ["The request exceeds what the proxy takes", 400, "see docs/openstack.md"],
])("%s: what helps is said", async (message, status, remedy) => {
  inTurn([status, JSON.stringify({ forbidden: { message } })]);
  await expect(cloud.ask(`${fake.url}/x`)).rejects.toThrow(`${message}\n${remedy}`);
});

describe("the catalog", () => {
  test("says where a service is, by region and interface", async () => {
    const token = await cloud.token();
    const of = (service: Parameters<typeof endpointOf>[0], access: object) =>
      endpointOf(service, token, { ...fake.access, ...access });
    expect(of("compute", { region: "there" })).toBe(`${fake.url}/there/v2.1`);
    expect(of("volume", {})).toBe(`${fake.url}/here/v3/p`);
    const endpoints = { volumev3: "https://outside.test/v3", network: "https://outside.test:9696" };
    expect(["volume", "network"].map((service) => of(service as "volume", { endpoints }))).toEqual([
      ...["https://outside.test/v3", "https://outside.test:9696"],
    ]);
    expect(() => of("compute", {})).toThrow("several regions: here, there\nsay which");
    expect(() => of("compute", { region: "x" })).toThrow(
      'no compute service in region "x"; it has regions here, there',
    );
    expect(() => of("image", { face: "admin" })).toThrow('with interface "admin"; it has interfaces public');
    expect(() => of("network", {})).toThrow("no network service; it has: compute, image, volumev3");
  });
});

describe("Keystone and Glance", () => {
  test("are asked which versions they have", async () => {
    const versions = (ids: readonly string[]) =>
      JSON.stringify({ versions: ids.map((id) => ({ id, status: "CURRENT" })) });
    inTurn([300, versions(["v2.9", "v2.15", "v1.1"])]);
    await expect(glanceOf(cloud).version()).resolves.toBe("v2.15");
    inTurn([300, versions(["v1.1"])]);
    await expect(glanceOf(cloud).version()).rejects.toThrow("serves images v1.1, and not version 2");
    inTurn([404, "<html>nothing here</html>"]);
    await expect(glanceOf(cloud).version()).resolves.toBe("v2");
    inTurn([200, "<html>a page</html>"]);
    await expect(glanceOf(cloud).version()).rejects.toThrow("answered no JSON: a page");
    const without = cloudOf({ ...fake.access, authUrl: fake.url }, { wait: fake.wait });
    inTurn([300, JSON.stringify({ versions: { values: [{ id: "v3.14" }] } })]);
    await without.token();
    expect(fake.received.at(-1)?.path).toBe("/");
    inTurn([300, JSON.stringify({ versions: { values: [{ id: "v2.0" }] } })]);
    await expect(cloudOf({ ...fake.access, authUrl: fake.url }, { wait: fake.wait }).token()).rejects.toThrow(
      "serves identity v2.0",
    );
  });

  test("lists are read to their last page, from the service alone: a link leads no token elsewhere", async () => {
    const image = (id: string) => ({ id, name: "n", owner: "p", status: "active", visibility: "private" });
    fake.answer(({ path }, response) => {
      if (path === "/here/") response.end(JSON.stringify({ versions: [{ id: "v2.1", status: "CURRENT" }] }));
      else if (path.includes("marker")) response.end(JSON.stringify({ images: [image("b")] }));
      else response.end(JSON.stringify({ images: [image("a")], next: "http://elsewhere.invalid/glance?marker=a" }));
    });
    const images = await glanceOf(cloud).list({ name: "n" });
    expect(images.map(({ id }) => id)).toEqual(["a", "b"]);
  });
});

test("an entry of a stream that fails cuts the connection: nobody takes a part for the whole", async () => {
  let whole: boolean | undefined;
  const begun = new Promise<void>((resolve) => fake.onUpload(resolve));
  fake.answer((_received, response, request) => {
    whole = request.complete;
    response.end("{}");
  });
  const bytes = async function* () {
    yield Buffer.alloc(100);
    // Once the server has begun to read.
    await begun;
    throw new Error("the store is gone");
  };
  const stream = { bytes: bytes(), length: 200 };
  await expect(cloud.ask(`${fake.url}/f`, { method: "PUT", stream })).rejects.toThrow("the store is gone");
  await expect.poll(() => whole).toBe(false);
});
