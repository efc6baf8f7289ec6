/** The files of platform fake, made and taken away. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { Secret } from "../../../provider/codec";
import { neverUpdated, replaceOn, type ResourceHandler } from "../../../provider/handler";
import { failures } from "../../../provider/inputs";
import { resource, TEXT, WHOLE } from "../../../provider/package-schema";
import type { OpenRoom } from "../../../provider/room";
import { makeEd25519 } from "../../../provider/ssh-key/handler";

const text = z.string().min(1);

/** A file whose content is its inputs: it goes only as long as that is so. */
function fileHandler<S extends z.ZodObject>(
  schema: S,
  file: (args: z.output<S>) => string,
  outputs: (args: z.output<S>, file: string) => Readonly<Record<string, unknown>>,
): ResourceHandler {
  return {
    check: (news) => failures(schema, news),
    diff: (olds, news) => replaceOn(Object.keys(schema.shape), olds, news),
    create: async ({ value }) => {
      const args = schema.parse(value);
      const path = file(args);
      const content = JSON.stringify(args);
      if (existsSync(path) && (await readFile(path, "utf8")) !== content) throw new Error(`${path} is somebody else's`);
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, content);
      return { id: path, outs: { ...args, ...outputs(args, path) } };
    },
    read: (id, state) => Promise.resolve(existsSync(id) ? state.value : undefined),
    update: neverUpdated,
    delete: async (id) => {
      await rm(id, { force: true });
    },
  };
}

const machine = z.object({ folder: text, image: text.exactOptional(), identity: text, lifetimeMinutes: z.number() });
const image = z.object({ folder: text, imageName: text, sha256: text, form: text, owner: text });
const upload = z.object({ folder: text, key: text, identity: text });

export const room: OpenRoom = () => ({
  resources: {
    "builders:index:FakeMachine": {
      handler: fileHandler(
        machine,
        ({ folder }) => join(folder, "machine"),
        () => {
          const pair = makeEd25519("fake");
          return { privateKeyOpenssh: new Secret(pair.private), publicKeyOpenssh: pair.public.trim() };
        },
      ),
      schema: resource(
        "A machine",
        { folder: TEXT, image: TEXT, identity: TEXT, lifetimeMinutes: WHOLE },
        ["folder", "identity", "lifetimeMinutes"],
        {},
      ),
    },
    "builders:index:FakeImage": {
      handler: fileHandler(
        image,
        ({ folder, imageName }) => join(folder, imageName),
        (_, file) => ({ file }),
      ),
      schema: resource(
        "An image",
        { folder: TEXT, imageName: TEXT, sha256: TEXT, form: TEXT, owner: TEXT },
        Object.keys(image.shape),
        { file: TEXT },
      ),
    },
    "builders:index:FakeUpload": {
      handler: fileHandler(
        upload,
        ({ folder, key }) => join(folder, `${key}.form`),
        ({ key }) => ({ snapshotId: `snap-${createHash("sha256").update(key).digest("hex").slice(0, 17)}` }),
      ),
      schema: resource(
        "A form that waits for its bytes",
        { folder: TEXT, key: TEXT, identity: TEXT },
        Object.keys(upload.shape),
        { snapshotId: TEXT },
      ),
    },
  },
  forms: {
    isIn: (where) => where.startsWith("shelf-"),
    tagsOf: () => Promise.resolve(undefined),
    deleteOf: () => Promise.resolve(),
  },
});
