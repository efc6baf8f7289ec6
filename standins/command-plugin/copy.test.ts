import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archive, asset, COPY, makePlugin, secret, urn } from "./testing/plugin";
import { makeServer, type TestServer } from "./testing/sshd";

let server: TestServer;
let source: string;
const BIG = randomBytes(3_000_001);

beforeAll(async () => {
  server = await makeServer();
  await server.start();
  source = join(server.folder, "source");
  mkdirSync(join(source, "one", "two"), { recursive: true });
  mkdirSync(join(source, "closed"));
  writeFileSync(join(source, "big"), BIG, { mode: 0o640 });
  writeFileSync(join(source, "empty"), "");
  writeFileSync(join(source, "one", "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(source, "one", "two", "deep"), "deep", { mode: 0o600 });
  symlinkSync("big", join(source, "link"));
  chmodSync(join(source, "closed"), 0o700);
});
afterAll(() => server.stop());

const { plugin } = makePlugin();
const target = (name: string) => join(server.folder, "to", name);
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const copy = (wire: unknown, remotePath: string) =>
  plugin.create(COPY, { connection: secret(server.connection), source: wire, remotePath });

function expectTree(root: string): void {
  expect(readdirSync(root, { recursive: true }).sort()).toEqual(
    ["big", "closed", "empty", "link", "one", "one/run.sh", "one/two", "one/two/deep"].sort(),
  );
  expect(readFileSync(join(root, "big")).equals(BIG)).toBe(true);
  expect(readFileSync(join(root, "link")).equals(BIG)).toBe(true);
  expect(statSync(join(root, "empty")).size).toBe(0);
  expect(readFileSync(join(root, "one/two/deep"), "utf8")).toBe("deep");
  expect([mode(join(root, "big")), mode(join(root, "one/run.sh")), mode(join(root, "closed"))]).toEqual([
    "640",
    "755",
    "700",
  ]);
}

describe("CopyToRemote", () => {
  it("copies a file, with parents, bytes and mode", async () => {
    const created = await copy(asset({ path: join(source, "big") }), target("a/b/file"));
    expect(readFileSync(target("a/b/file")).equals(BIG)).toBe(true);
    expect(mode(target("a/b/file"))).toBe("640");
    expect(created.outs).toEqual({
      connection: secret(server.connection),
      source: asset({ path: join(source, "big") }),
      remotePath: target("a/b/file"),
    });
  });

  it("copies a file into a folder, and over a file that is longer", async () => {
    mkdirSync(target("folder"), { recursive: true });
    await copy(asset({ path: join(source, "one/run.sh") }), target("folder"));
    expect(readFileSync(target("folder/run.sh"), "utf8")).toBe("#!/bin/sh\n");
    await copy(asset({ path: join(source, "one/two/deep") }), target("folder/run.sh"));
    expect(readFileSync(target("folder/run.sh"), "utf8")).toBe("deep");
    expect(mode(target("folder/run.sh"))).toBe("600");
    await copy(asset({ path: join(source, "empty") }), target("folder/run.sh"));
    expect(statSync(target("folder/run.sh")).size).toBe(0);
  });

  it("copies a folder under its name, and only what is in it if the path ends with a slash; twice", async () => {
    for (let time = 0; time < 2; time++) {
      await copy(archive(source), target("named"));
      expectTree(target("named/source"));
      await copy(archive(`${source}/`), target("bare"));
      expectTree(target("bare"));
    }
    expect(existsSync(target("bare/source"))).toBe(false);
  });

  it("writes a text, also an empty one, but not over a folder", async () => {
    await copy(asset({ text: "größe\n" }), target("text/file"));
    expect(readFileSync(target("text/file"), "utf8")).toBe("größe\n");
    await copy(asset({ text: "" }), target("text/file"));
    expect(readFileSync(target("text/file"), "utf8")).toBe("");
    await expect(copy(asset({ text: "x" }), target("text"))).rejects.toThrow("a text needs the path of a file");
  });

  it("does not put a folder where a file is, nor a file where a folder is", async () => {
    mkdirSync(target("mixed/source"), { recursive: true });
    writeFileSync(target("mixed/source/one"), "a file");
    await expect(copy(archive(source), target("mixed"))).rejects.toThrow(`${target("mixed/source/one")} on the remote`);
    mkdirSync(target("mixed/deep/deep"), { recursive: true });
    await expect(copy(asset({ path: join(source, "one/two/deep") }), target("mixed/deep"))).rejects.toThrow(
      "is a folder, not a file",
    );
  });

  it("names the path that it cannot write, and the source that is not there", async () => {
    await expect(copy(asset({ text: "x" }), "/proc/no/such")).rejects.toThrow("cannot make folder /proc/no");
    await expect(copy(asset({ path: "/no/such/source" }), target("x"))).rejects.toThrow("/no/such/source");
  });

  it("copies again on update if the content or the path is another one, else not", async () => {
    const text = target("updated");
    const inputs = { connection: secret(server.connection), source: asset({ text: "first" }), remotePath: text };
    await plugin.create(COPY, inputs);
    // The engine sends old assets without their content.
    const { text: _content, ...hashOnly } = asset({ text: "first" });
    const state = { ...inputs, source: hashOnly };
    await plugin.update("id", COPY, state, { ...inputs, connection: secret({ ...server.connection, port: 1 }) });
    expect(readFileSync(text, "utf8")).toBe("first");
    await plugin.update("id", COPY, state, { ...inputs, source: asset({ text: "second" }, "h2") });
    expect(readFileSync(text, "utf8")).toBe("second");
    await plugin.update("id", COPY, state, { ...inputs, remotePath: `${text}-2` });
    expect(readFileSync(`${text}-2`, "utf8")).toBe("first");
    await plugin.delete("id", COPY, state);
    expect(existsSync(text)).toBe(true);
  });
});

describe("CopyFile", () => {
  it("copies a file", async () => {
    const inputs = {
      connection: secret(server.connection),
      localPath: join(source, "big"),
      remotePath: target("copied"),
    };
    await plugin.create(urn("command:remote:CopyFile"), inputs);
    expect(readFileSync(target("copied")).equals(BIG)).toBe(true);
  });
});
