/** A worker's way into Glance: given when it asks, or denied at once and in words. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import type { RunOverSsh } from "../../../../provider/feed/ssh";
import { fakeCall } from "../../../../provider/fake-store";
import { fakeCredentials, type FakeCredentials } from "../testing/fake-credentials";
import { publishing, type Publishing } from "../testing/publishing";
import { glanceGrantHandler } from "./handler";

let room: Publishing;
let fake: FakeCredentials;
beforeEach(async () => {
  room = await publishing();
  fake = fakeCredentials();
  room.glance.fault = fake.fault;
});
afterEach(() => room.close());

async function granted(code = 0) {
  const answers: Record<string, unknown>[] = [];
  const runOverSsh: RunOverSsh = async ({ onLine }) => {
    answers.push(JSON.parse((await onLine('want {"requests":1}')) ?? "{}") as Record<string, unknown>);
    return { code, stderr: "" };
  };
  const cloud = room.cloud();
  await cloud.token();
  const call = fakeCall("urn:pulumi:devel::p::builders:index:GlanceGrant::g");
  const connection = { host: "192.0.2.1", port: 22, user: "root", privateKey: "k", hostKey: "h" };
  const inputs = { connection, program: "/a.js", folder: "/f", machine: "m-1", upload: "cloud", imageId: "i-1" };
  const handler = glanceGrantHandler({ openCloud: () => cloud, runOverSsh, wait: room.wait });
  await handler.create(decode({ ...inputs, cloud: { cloud: "fake" } }), call);
  return { answers, said: call.said.join("\n") };
}

test("is a token that is withdrawn in the end", async () => {
  const { answers, said } = await granted();
  expect(answers).toMatchObject([{ urls: [expect.stringMatching(/\/v2\/images\/i-1\/file$/)] }]);
  expect(fake.credentials.size).toBe(0);
  expect(said).not.toMatch(/could not|is left/);
});

test.each([0, 1])(
  "is denied to the agent where the cloud gives none, and fails no build (agent ends with %s)",
  async (code) => {
    room.glance.fault = (received, response) => {
      if (received.method !== "POST") return fake.fault(received, response);
      response.writeHead(403).end(JSON.stringify({ error: { message: "no more credentials" } }));
      return true;
    };
    const { answers, said } = await granted(code);
    expect(answers).toEqual([{ denied: expect.stringContaining("no more credentials") as string }]);
    expect(said).toMatch(/could not be let put the disk into Glance; this machine will: .*no more credentials/);
    expect(room.wait.now()).toBeLessThan(60_000);
  },
);
