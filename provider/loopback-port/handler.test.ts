import { createServer } from "node:net";
import { expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall } from "../fake-store";
import { loopbackPortHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:LoopbackPort::p");

test("the kernel's choice can be listened on", async () => {
  const { outs } = await loopbackPortHandler().create(decode({}), call);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(outs.port), "127.0.0.1", resolve);
  });
  await new Promise((resolve) => server.close(resolve));
});

test("a range gives its free ports, one each, and says when there is none", async () => {
  const handler = loopbackPortHandler((port) => Promise.resolve(port === 4001 ? undefined : port));
  const range = { range: { from: 4000, to: 4002 } };
  const ports = [(await handler.create(decode(range), call)).id, (await handler.create(decode(range), call)).id];
  expect(ports).toEqual(["4000", "4002"]);
  await expect(handler.create(decode(range), call)).rejects.toThrow("none of the ports 4000 to 4002 is free");
});

test("a range the wrong way round, and ports that are none", () => {
  const { check } = loopbackPortHandler();
  expect(check(decode({ range: { from: 9, to: 3 } })).map(({ reason }) => reason)).toEqual([
    "from must not be above to",
  ]);
  expect(check(decode({ range: { from: 0, to: 70000 } }))).toHaveLength(2);
});
