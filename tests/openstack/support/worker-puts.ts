/** What a worker may do with its credential, by Keystone and Glance as they are released: put the bytes of one image. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Grant } from "../../../contract/grants";
import { openstackLook } from "../../../infra/openstack/look";
import { openstackPreflight } from "../../../infra/openstack/preflight";
import type { CloudChoice } from "../../../infra/openstack/provider/cloud/access";
import type { OpenCloud } from "../../../infra/openstack/provider/cloud/cloud";
import { ofUser } from "../../../infra/openstack/provider/cloud/credentials";
import type { Glance } from "../../../infra/openstack/provider/cloud/glance";
import { glanceGrantHandler } from "../../../infra/openstack/provider/grant/handler";
import type { StoredDisk } from "../../../infra/openstack/provider/testing/stored-disk";
import { glanceUploadHandler } from "../../../infra/openstack/provider/upload/handler";
import type { OpenstackPlace, OpenstackWorker } from "../../../infra/openstack/settings";
import type { PlatformUse } from "../../../infra/platform";
import { decode } from "../../../provider/codec";
import type { Call, ResourceHandler } from "../../../provider/handler";
import type { Owner } from "../../../provider/owner";
import type { Wait } from "../../../provider/wait";

export interface Room {
  readonly cloud: CloudChoice;
  readonly owner: Owner;
  /** Of the image. */
  readonly name: string;
  readonly openCloud: OpenCloud;
  readonly wait: Wait;
  readonly call: Call;
  readonly disk: () => StoredDisk;
  readonly place: (more?: object) => OpenstackPlace;
  readonly use: (spec: OpenstackPlace) => PlatformUse<OpenstackWorker, OpenstackPlace>;
  readonly images: () => ResourceHandler;
  readonly inputs: (more?: object) => object;
  readonly glance: () => Glance;
}

/** The tests of it. */
export function workerPuts(room: Room): void {
  const { cloud, owner, name, openCloud, wait, call, disk, place, use, images, inputs, glance } = room;
  const key = "ab".repeat(32);
  const record = { store: { bucket: "builders", region: "us-east-1" }, object: "builds/test/abab.json" };
  const uploads = () => glanceUploadHandler({ openCloud, openStore: disk().openStore, wait });
  const begun = (more: object = {}) =>
    decode({ cloud, key, machine: "m-1", identity: owner.identity, encoding: "raw", record, ...more });
  /** The agent wants a grant, and does this with it. */
  const fed = async (imageId: string | undefined, use: (grant: Grant) => Promise<void>) => {
    let failure: unknown;
    const grants = glanceGrantHandler({
      ...{ openCloud, wait },
      runOverSsh: async ({ onLine }) => {
        const line = await onLine('want {"requests":1}');
        // What is thrown here would be a connection that broke.
        failure = await use(JSON.parse(line ?? "") as Grant).catch((error: unknown) => error);
        return { code: 0, stderr: "" };
      },
    });
    const created = await grants.create(
      decode({
        connection: { host: "192.0.2.1", port: 22, user: "root", privateKey: "k", hostKey: "h" },
        ...{ program: "/a.js", folder: "/f", machine: "m-1", upload: "glance-x", cloud },
        ...(imageId === undefined ? {} : { imageId }),
      }),
      call,
    );
    expect(failure).toBeUndefined();
    return created;
  };
  /** Of the user: credentials and rules. */
  const left = async () => {
    const own = openCloud(cloud);
    const url = ofUser(own, (await own.token()).user);
    const texts = ["application_credentials", "access_rules"].map(
      async (kind) => (await own.ask(`${url}/${kind}`)).text,
    );
    return (await Promise.all(texts)).map((text) => Object.values(JSON.parse(text) as Record<string, unknown>)[0]);
  };

  test("gets there by a token that can do that and nothing else, and is taken over as it is", async () => {
    const { id, outs } = await uploads().create(begun(), call);
    expect(await glance().get(id)).toMatchObject({ status: "queued" });
    expect(await left()).toEqual([[], []]);
    const other = await uploads().create(begun({ machine: "m-2" }), call);
    let token = "";
    const granted = await fed(id, async ({ urls: [url = ""], headers }) => {
      token = headers["X-Auth-Token"] ?? "";
      const status = async (method: string, of: string, body?: string | Uint8Array<ArrayBuffer>) =>
        (
          await fetch(of, {
            // A server that refuses a body may close the connection after its answer, while the next request is on its way.
            ...{ method, headers: { ...headers, "content-type": "application/octet-stream", connection: "close" } },
            ...(body === undefined ? {} : { body }),
          })
        ).status;
      const { origin } = new URL(url);
      const image = url.replace(/\/file$/, "");
      expect(await status("GET", `${origin}/v2/images`)).toBe(401);
      expect(await status("GET", url)).toBe(401);
      expect(await status("DELETE", image)).toBe(401);
      expect(await status("PATCH", image, "[]")).toBe(401);
      expect(await status("PUT", url.replace(id, other.id), "x")).toBe(401);
      expect(
        await status(
          "GET",
          await openCloud(cloud)
            .endpoint("compute")
            .then((at) => `${at}/servers`),
        ),
      ).toBe(401);
      const user = ofUser(openCloud(cloud), (await openCloud(cloud).token()).user);
      expect(await status("GET", `${user}/application_credentials`)).toBe(401);
      expect(await status("PUT", url, new Uint8Array(disk().bytes))).toBe(204);
      expect(await status("PUT", url, "x")).toBe(409);
    });
    expect(JSON.stringify(granted.outs)).not.toContain(token);
    expect(await left()).toEqual([[], []]);
    const own = await openCloud(cloud).token();
    const known = await fetch(`${openCloud(cloud).access.authUrl}/auth/tokens`, {
      headers: { "X-Auth-Token": own.secret, "X-Subject-Token": token },
    });
    expect(known.status).toBe(404);

    const md5 = createHash("md5").update(disk().bytes).digest("hex");
    const reads = disk().reads.length;
    const sent = { imageId: id, key, md5, sha512: disk().sha512 };
    const made = await images().create(decode(inputs({ sent, properties: { architecture: "x86_64" } })), call);
    expect([made.id, disk().reads.length]).toEqual([id, reads]);
    expect(await glance().get(id)).toMatchObject({ name, min_disk: 1, architecture: "x86_64" });
    expect((await openstackLook(place(), [name])).images).toMatchObject([{ imageId: id, whole: true }]);
    // Another image of the disk has its own bytes; one that nobody has filled goes with its worker, and this one stays.
    const second = await images().create(
      decode(inputs({ name: "second", sent, owner: { ...owner, resource: "b" } })),
      call,
    );
    expect(second.id).not.toBe(id);
    await uploads().delete(id, decode(outs), call);
    await uploads().delete(other.id, decode(other.outs), call);
    expect([await glance().get(id), await glance().get(other.id)]).toMatchObject([{ status: "active" }, undefined]);
    await images().delete(id, decode(made.outs), call);
    await images().delete(second.id, decode(second.outs), call);
  });

  test("that is another than its record says is deleted, and the disk comes from the store", async () => {
    const { id } = await uploads().create(begun({ machine: "m-3" }), call);
    await fed(id, async ({ urls: [url = ""], headers }) => {
      const put = { method: "PUT", headers: { ...headers, "content-type": "application/octet-stream" }, body: "other" };
      expect((await fetch(url, put)).status).toBe(204);
    });
    const sent = { imageId: id, key, md5: "0".repeat(32), sha512: disk().sha512 };
    const made = await images().create(decode(inputs({ sent })), call);
    expect(await glance().get(id)).toBeUndefined();
    expect(await glance().get(made.id)).toMatchObject({ os_hash_value: disk().sha512 });
    await images().delete(made.id, decode(made.outs), call);
  });

  test("comes from the store where our own credential can make no other; a note says so beforehand", async () => {
    const farm = openCloud(cloud);
    const url = `${ofUser(farm, (await farm.token()).user)}/application_credentials`;
    const { text } = await farm.ask(url, { method: "POST", json: { application_credential: { name: "farms" } } });
    const { application_credential: own } = JSON.parse(text) as { application_credential: Record<string, string> };
    const proof = {
      method: "application_credential",
      credential: { id: own["id"] ?? "" },
      secret: own["secret"] ?? "",
    };
    const bound = farm.as({ ...proof, method: "application_credential" });
    const handler = glanceUploadHandler({ openCloud: () => bound, openStore: disk().openStore, wait });
    const { outs } = await handler.create(begun({ machine: "m-4" }), call);
    expect(outs).not.toHaveProperty("imageId");
    await fed(undefined, () => Promise.reject(new Error("nobody asks")));
    const notes = await openstackPreflight(use(place()), () => bound);
    expect(notes).toContainEqual(
      expect.objectContaining({
        path: "targets.farm.diskFrom",
        problem: expect.stringMatching(/is not unrestricted/) as string,
        note: true,
      }),
    );
    expect(
      (await openstackPreflight(use(place({ diskFrom: "store" })), () => bound)).map(({ path }) => path),
    ).not.toContain("targets.farm.diskFrom");
    await farm.ask(`${url}/${own["id"] ?? ""}`, { method: "DELETE" });
  });
}
