import { describe, expect, it } from "vitest";
import {
  archive,
  asset,
  COPY,
  LOCAL_COMMAND,
  makePlugin,
  REMOTE_COMMAND,
  secret,
  UNKNOWN,
  urn,
} from "./testing/plugin";

const { plugin } = makePlugin();

describe("check", () => {
  it("stores the defaults that the official provider stores, the connection as a secret", async () => {
    const checked = await plugin.check(REMOTE_COMMAND, {}, { create: "true", connection: { host: "h" } });
    expect(checked).toEqual({
      failures: [],
      inputs: {
        create: "true",
        addPreviousOutputInEnv: true,
        connection: secret({ host: "h", port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 }),
      },
    });
  });

  it("keeps a secret inside a secret connection", async () => {
    const connection = secret({ host: "h", privateKey: secret("key"), port: 2222 });
    const { inputs } = (await plugin.check(REMOTE_COMMAND, {}, { connection })) as { inputs: Record<string, unknown> };
    expect(inputs["connection"]).toEqual(
      secret({
        host: "h",
        privateKey: secret("key"),
        port: 2222,
        user: "root",
        dialErrorLimit: 10,
        perDialTimeout: 15,
      }),
    );
  });

  it("reports every mistake with its path", async () => {
    const news = { connection: { port: 99999 }, logging: "all", environment: { A: 1 }, triggers: "x" };
    const { failures } = await plugin.check(REMOTE_COMMAND, {}, news);
    expect(failures?.map((failure) => failure.property).sort()).toEqual([
      "connection.host",
      "connection.port",
      "environment.A",
      "logging",
      "triggers",
    ]);
  });

  it("waits for what a preview does not know", async () => {
    const unknownHost = { create: UNKNOWN, connection: secret({ host: UNKNOWN }) };
    expect((await plugin.check(REMOTE_COMMAND, {}, unknownHost)).failures).toEqual([]);
    expect((await plugin.check(REMOTE_COMMAND, {}, { connection: UNKNOWN })).failures).toEqual([]);
    expect((await plugin.check(COPY, {}, { connection: UNKNOWN, source: UNKNOWN, remotePath: "/x" })).failures).toEqual(
      [],
    );
    expect((await plugin.check(REMOTE_COMMAND, {}, {})).failures).toHaveLength(1);
  });

  it("refuses sources that it cannot copy, and inputs that only the official plugin serves", async () => {
    const copy = (source: unknown) => plugin.check(COPY, {}, { connection: { host: "h" }, source, remotePath: "/x" });
    expect((await copy(asset({ path: "/f" }))).failures).toEqual([]);
    expect((await copy(asset({ text: "" }))).failures).toEqual([]);
    expect((await copy(archive("/d"))).failures).toEqual([]);
    expect((await copy({ ...asset({ path: "" }), uri: "https://h/f" })).failures).toEqual([
      { property: "source", reason: expect.stringContaining("must be local") as string },
    ]);
    expect((await copy("text")).failures).toHaveLength(1);
    expect((await copy({ a: 1 })).failures).toHaveLength(1);
    const local = await plugin.check(LOCAL_COMMAND, {}, { create: "true", assetPaths: ["*"] });
    expect(local.failures).toEqual([
      { property: "assetPaths", reason: expect.stringContaining("official plugin only") as string },
    ]);
  });

  it("does not know other types", () => {
    expect(() => plugin.check(urn("command:remote:Nothing"), {}, {})).toThrow("no resource command:remote:Nothing");
  });
});

describe("diff", () => {
  const olds = {
    create: "a",
    triggers: [1, secret({ a: "b" })],
    connection: secret({ host: "h" }),
    stdout: "",
    stderr: "",
  };

  it("replaces when a trigger changes, or is not known yet", async () => {
    const changed = await plugin.diff("id", REMOTE_COMMAND, olds, { ...olds, triggers: [2, { a: "b" }] });
    expect(changed).toEqual({ changes: true, replaces: ["triggers"] });
    const unknown = await plugin.diff("id", REMOTE_COMMAND, olds, { ...olds, triggers: [1, UNKNOWN] });
    expect(unknown).toEqual({ changes: true, replaces: ["triggers"] });
    const none = await plugin.diff("id", REMOTE_COMMAND, { ...olds, triggers: undefined }, olds);
    expect(none).toEqual({ changes: true, replaces: ["triggers"] });
  });

  it("compares sources among the triggers by their hash, for old ones come without content", async () => {
    const { path: _path, ...hashOnly } = archive("/d", "h1");
    const before = { ...olds, triggers: [hashOnly] };
    expect(await plugin.diff("id", REMOTE_COMMAND, before, { ...olds, triggers: [archive("/d", "h1")] })).toEqual({});
    const other = await plugin.diff("id", REMOTE_COMMAND, before, { ...olds, triggers: [archive("/d", "h2")] });
    expect(other).toEqual({ changes: true, replaces: ["triggers"] });
  });

  it("leaves every other change to the engine, which updates", async () => {
    const connection = secret({ host: "other" });
    expect(await plugin.diff("id", REMOTE_COMMAND, olds, { ...olds, create: "b", connection })).toEqual({});
    expect(await plugin.diff("id", REMOTE_COMMAND, olds, olds)).toEqual({});
  });

  it("replaces a CopyFile at any change", async () => {
    const file = { connection: secret({ host: "h" }), localPath: "/a", remotePath: "/b" };
    const type = urn("command:remote:CopyFile");
    expect(await plugin.diff("id", type, file, { ...file, localPath: "/c" })).toEqual({
      changes: true,
      replaces: ["localPath"],
    });
    expect(await plugin.diff("id", type, file, file)).toEqual({});
  });
});
