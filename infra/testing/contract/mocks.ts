/** What is declared, recorded instead of made. */
import * as pulumi from "@pulumi/pulumi";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Where a machine has one. */
export const PUBLIC_ADDRESS = "192.0.2.8";

const registered: Registered[] = [];

/** Answers as providers do, with all that any room reads from what it has declared. */
export async function record(): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
        const given = inputs as Readonly<Record<string, unknown>>;
        registered.push({ type, name, inputs: given });
        return {
          id: `${name}-id`,
          state: {
            ...given,
            publicKeyOpenssh: `ssh-ed25519 ${name}`,
            privateKeyOpenssh: secret(`private ${name}`),
            port: 20022,
            era: 1,
            volumeName: `${name}-volume`,
            snapshotId: "snap-0123",
            encrypted: false,
            networkInterfaces: [{ addresses: ["192.0.2.7"] }],
            publicIp: PUBLIC_ADDRESS,
            privateIp: "10.0.0.8",
            host: "192.0.2.9",
            instanceId: `${name}-instance`,
            fileSha256: "ef".repeat(32),
            address: "192.0.2.9",
            imageId: given["imageId"] ?? `${name}-image-id`,
            ebsBlockDevices: [{ deviceName: "/dev/sdf", volumeId: "vol-0123" }],
          },
        };
      },
      call: ({ inputs }: pulumi.runtime.MockCallArgs) => inputs as Record<string, unknown>,
    },
    "copr-builders",
    "contract",
  );
}

/** As providers mark one on the wire. */
function secret(value: string) {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

/** Those whose name begins so. */
export function ofName(start: string): readonly Registered[] {
  return registered.filter(({ name }) => name.startsWith(start));
}

/** Those whose name begins so, without the components above them. */
export function wasDeclared(start: string): readonly Registered[] {
  return ofName(start).filter(({ type }) => type !== "test:index:Parent");
}

class Parent extends pulumi.ComponentResource {
  constructor(name: string) {
    super("test:index:Parent", name);
  }
}

/** Below a component of its own, as the program's are. */
export function declare<T>(name: string, make: (opts: pulumi.ComponentResourceOptions) => T): T {
  return make({ parent: new Parent(`${name}-parent`) });
}

/** Fails where it is not known, and does not wait for ever. */
export function value<T>(output: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error("an output never came"));
    }, 5_000);
    pulumi.output(output).apply((known) => {
      clearTimeout(late);
      if (known === undefined) reject(new Error("an output is undefined"));
      else resolve(known as T);
    });
  });
}
