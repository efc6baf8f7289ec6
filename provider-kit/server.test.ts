import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { IncompleteError, servePlugin, type Plugin } from "./server";

const calls: unknown[][] = [];
const note =
  <A>(name: string, answer: A) =>
  (...args: unknown[]): A => {
    calls.push([name, ...args]);
    return answer;
  };
const plugin: Plugin = {
  version: "1.2.3",
  checkConfig: note("checkConfig", { inputs: {}, failures: [{ property: "region", reason: "is wrong" }] }),
  configure: note("configure", undefined),
  check: note("check", { inputs: { name: "n" }, failures: [] }),
  diff: note("diff", { changed: ["a", "b"], replaces: ["b"], deleteBeforeReplace: true }),
  preview: note("preview", { foreseen: true }),
  create: note("create", Promise.resolve({ id: "id", state: { a: 1 } })),
  read: note("read", Promise.resolve({ state: { a: 2 }, inputs: { b: 3 } })),
  update: note("update", Promise.resolve({ a: 4 })),
  delete: note("delete", Promise.resolve()),
  invoke: note("invoke", Promise.resolve({ found: "it" })),
  cancel: note("cancel", Promise.resolve()),
};

let client: ResourceProviderClient;
beforeAll(async () => {
  const printed = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  await servePlugin(plugin);
  const port = String(printed.mock.calls[0]?.[0]).trim();
  printed.mockRestore();
  client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
});
afterAll(() => client.close());

const struct = (fields: Record<string, JavaScriptValue>) => Struct.fromJavaScript(fields);
type Answer<A> = (error: grpc.ServiceError | null, answer: A) => void;
const ask = <A>(send: (answer: Answer<A>) => unknown): Promise<A> =>
  new Promise((resolve, reject) => send((error, answer) => (error === null ? resolve(answer) : reject(error))));
const last = () => calls.at(-1);

describe("the server of a plugin", () => {
  it("passes on the configuration, and its failures", async () => {
    const request = new messages.ConfigureRequest().setArgs(struct({ region: "us-east-1" }));
    const answer = await ask<messages.ConfigureResponse>((done) => client.configure(request, done));
    expect(last()).toEqual(["configure", { region: "us-east-1" }]);
    expect(answer.toObject()).toMatchObject({ acceptsecrets: true, supportspreview: true });
    const checked = await ask<messages.CheckResponse>((done) => client.checkConfig(new messages.CheckRequest(), done));
    expect(checked.toObject().failuresList).toEqual([{ property: "region", reason: "is wrong" }]);
  });

  it("asks for a difference with the old inputs beside the old state", async () => {
    const request = new messages.DiffRequest()
      .setUrn("u")
      .setOlds(struct({ o: 1 }))
      .setNews(struct({ n: 1 }));
    request.setOldInputs(struct({ i: 1 }));
    const answer = await ask<messages.DiffResponse>((done) => client.diff(request, done));
    expect(last()).toEqual(["diff", "u", { i: 1 }, { o: 1 }, { n: 1 }]);
    expect(answer.toObject()).toMatchObject({ changes: 2, diffsList: ["a", "b"], replacesList: ["b"] });
    expect(answer.getDeletebeforereplace()).toBe(true);
  });

  it("does nothing in a preview, and passes on the user's time limit otherwise", async () => {
    const request = new messages.CreateRequest()
      .setUrn("u")
      .setProperties(struct({ p: 1 }))
      .setTimeout(60);
    await ask((done) => client.create(request.setPreview(true), done));
    expect(last()).toEqual(["preview", "u", undefined, { p: 1 }]);
    const answer = await ask<messages.CreateResponse>((done) => client.create(request.setPreview(false), done));
    expect(last()).toEqual(["create", { urn: "u", timeoutSeconds: 60 }, { p: 1 }]);
    expect([answer.getId(), answer.getProperties()?.toJavaScript()]).toEqual(["id", { a: 1 }]);
    const update = new messages.UpdateRequest()
      .setUrn("u")
      .setPreview(true)
      .setOlds(struct({ o: 1 }));
    await ask((done) => client.update(update, done));
    expect(last()).toEqual(["preview", "u", { o: 1 }, {}]);
  });

  it("says of what is gone that it is gone, and gives back refreshed inputs of what is there", async () => {
    const request = new messages.ReadRequest()
      .setId("id")
      .setUrn("u")
      .setInputs(struct({ i: 1 }));
    const there = await ask<messages.ReadResponse>((done) => client.read(request, done));
    expect([there.getId(), there.getInputs()?.toJavaScript()]).toEqual(["id", { b: 3 }]);
    const read = vi.spyOn(plugin, "read").mockResolvedValueOnce(undefined);
    const gone = await ask<messages.ReadResponse>((done) => client.read(request, done));
    expect(gone.getId()).toBe("");
    read.mockRestore();
  });

  it("keeps the id and the state of what was made but did not come up", async () => {
    const incomplete = new IncompleteError("i-0", { a: 1 }, new Error("waited in vain"));
    const create = vi.spyOn(plugin, "create").mockRejectedValueOnce(incomplete);
    const failure: unknown = await ask((done) => client.create(new messages.CreateRequest(), done)).catch(
      (error: unknown) => error,
    );
    create.mockRestore();
    const { details, metadata } = failure as grpc.ServiceError;
    expect(details).toBe("waited in vain");
    const status = Status.deserializeBinary(Buffer.from(metadata.get("grpc-status-details-bin")[0] ?? ""));
    const detail = status.getDetailsList()[0];
    expect(detail?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
    const failed = messages.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
    expect(failed.getId()).toBe("i-0");
    expect(failed.getProperties()?.toJavaScript()).toEqual({ a: 1 });
    expect(failed.getReasonsList()).toEqual(["waited in vain"]);
  });

  it("passes on errors, calls of functions, and Ctrl-C", async () => {
    const invoke = vi.spyOn(plugin, "invoke").mockRejectedValueOnce(new Error("no such function"));
    const request = new messages.InvokeRequest().setTok("t").setArgs(struct({ a: 1 }));
    await expect(ask((done) => client.invoke(request, done))).rejects.toThrow("no such function");
    invoke.mockRestore();
    const answer = await ask<messages.InvokeResponse>((done) => client.invoke(request, done));
    expect(answer.getReturn()?.toJavaScript()).toEqual({ found: "it" });
    await ask((done) => client.cancel(new Empty(), done));
    expect(last()).toEqual(["cancel"]);
  });
});
