/** Settings of platform fake: folders instead of clouds, files instead of machines and images. */
import * as z from "zod";
import { lifetimeMinutes, text, uniqueBy } from "../../infra/fields";

const folder = text("name the folder");

export const fakeWorker = z.strictObject({ platform: z.literal("fake"), folder, lifetimeMinutes });
export type FakeWorker = z.output<typeof fakeWorker>;

export const fakeTarget = z.strictObject({
  platform: z.literal("fake"),
  shelves: uniqueBy(z.array(z.strictObject({ name: text("name the shelf"), folder })).min(1), "name"),
});

export const fakePlace = z.strictObject({ platform: z.literal("fake"), shelf: z.string(), folder: z.string() });
export type FakePlace = z.output<typeof fakePlace>;

export const fakeForm = z.strictObject({ platform: z.literal("fake"), shelf: z.string(), folder: z.string() });
export type FakeForm = z.output<typeof fakeForm>;
