/** What policies read of files. */
import { number, text, type PolicyView } from "../../infra/policy-facts";

export const policyView: PolicyView = {
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
  base: ({ folder }) => ({ kind: "image", name: text(folder) }),
  worker: ({ folder, lifetimeMinutes: minutes }) => ({
    machine: { type: "a folder", place: text(folder), publicAddress: false },
    lifetime: { minutes: number(minutes) },
  }),
};
