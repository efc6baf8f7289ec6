/** A platform of files: for tests of what shared code asks of any platform. It has all that a room can have. */
import { definePlatform } from "../../infra/define";
import { ARCHITECTURES } from "../../infra/words";
import { policyView } from "./policy-view";
import { fakeForm, fakePlace, fakeTarget, fakeWorker } from "./settings";

export const fake = definePlatform({
  name: "fake",
  workers: {
    schema: () => fakeWorker,
    architectures: ARCHITECTURES,
    type: () => "a folder",
    price: () => ({ kind: "listed", usd: 0.5, atMost: false }),
  },
  images: {
    target: () => fakeTarget,
    place: fakePlace,
    architectures: ARCHITECTURES,
    places: ({ shelves }) => shelves.map(({ name, folder }) => ({ platform: "fake", shelf: name, folder })),
    path: (index) => ["shelves", index],
    placeName: ({ shelf }) => shelf,
    address: ({ folder }) => folder,
    output: ({ shelf }) => shelf,
    bootedIn: ({ folder }) => ({ folder }),
    form: {
      schema: fakeForm,
      of: (place) => place,
      where: ({ shelf }) => shelf,
      access: ({ folder }) => folder,
      continues: ["builders:index:FakeUpload"],
    },
    argument: (id) => `--file ${id}`,
    kept: { what: "files", gibMonthUsd: 2, basis: "a shelf, $2 a GiB", thingUsd: { file: 2 } },
  },
  policyView,
  parts: async () => (await import("./parts.ts")).parts,
  room: async () => (await import("./provider/room.ts")).room,
});
