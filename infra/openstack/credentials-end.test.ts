import { afterEach, beforeEach, expect, test } from "vitest";
import { credentialsEnd } from "./credentials-end";
import { cloudOf, type Cloud } from "./provider/cloud/cloud";
import { fakeCloud, type FakeCloud } from "./provider/cloud/testing/fake-cloud";

const NOW = Date.parse("2026-06-01T00:00:00Z");
let fake: FakeCloud;
let cloud: Cloud;
beforeEach(async () => {
  fake = await fakeCloud();
  const opened = cloudOf(fake.access, { wait: fake.wait });
  cloud = { ...opened, token: async () => ({ ...(await opened.token()), credential: "cred" }) };
});
afterEach(() => fake.close());

const said = (status: number, expires: unknown): void => {
  fake.answer((_received, response) => {
    response.writeHead(status).end(JSON.stringify({ application_credential: { expires_at: expires } }));
  });
};
const ask = (minutes?: number) => credentialsEnd("targets.farm.cloud", cloud, minutes, NOW);

test("an application credential that ends before the run may is missing, one that ends soon a note", async () => {
  said(200, "2026-06-01T01:00:00.000000");
  expect(await ask(90)).toMatchObject([
    {
      path: "targets.farm.cloud",
      problem: "the credential of clouds.yaml ends at 2026-06-01T01:00:00.000Z, and the run may take 90 minutes",
    },
  ]);
  expect((await ask(90))[0]).not.toHaveProperty("note");
  expect(await ask(30)).toMatchObject([
    { problem: "the credential of clouds.yaml ends at 2026-06-01T01:00:00.000Z", note: true },
  ]);
  said(200, "2026-07-01T00:00:00Z");
  expect(await ask(90)).toEqual([]);
  expect(fake.received[0]?.path).toBe("/v3/users/u/application_credentials/cred");
});

test.each([
  [200, null],
  [403, ""],
  [404, ""],
  [401, ""],
])("where it has no end, or it is not told (%s), nothing is said", async (status, expires) => {
  said(status, expires);
  expect(await ask(90)).toEqual([]);
});

test("a token that was given can't be renewed: its end is the credential's", async () => {
  const given = { ...cloud, access: { ...cloud.access, proof: { method: "token", token: "t" } as const } };
  const { endsAt } = await given.token();
  expect(await credentialsEnd("p", given, 90, endsAt - 60_000)).toHaveLength(1);
  expect(await credentialsEnd("p", given, 90, endsAt - 120 * 60_000)).toEqual([]);
});
