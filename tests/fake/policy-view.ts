/** What policies read of files. */
import { number, text, type PolicyView } from "../../infra/policy-facts";
import type { FakeWorker } from "./settings";

export const policyView: PolicyView<FakeWorker> = {
  types: {
    "builders:index:FakeMachine": ({ folder, lifetimeMinutes }) => ({
      machine: {
        ...{ type: "a folder", place: text(folder), metadata: "none", credentials: "none" },
        ...{ publicAddress: false, endsByPowerOff: true },
      },
      volumes: [{ name: "folder", encryption: "host" }],
      lifetime: { minutes: number(lifetimeMinutes) },
    }),
    "builders:index:FakeImage": ({ imageName, sha256 }) => ({
      image: { name: text(imageName), says: {}, checksum: text(sha256), build: "elsewhere" },
    }),
    "builders:index:FakeUpload": () => ({}),
  },
  base: ({ folder }) => ({ kind: "image", name: folder }),
  worker: ({ folder, lifetimeMinutes: minutes }) => ({
    machine: { type: "a folder", place: folder, publicAddress: false },
    lifetime: { minutes },
  }),
};
