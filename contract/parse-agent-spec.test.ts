import { expect, test } from "vitest";
import { parseSpec, workDigest } from "./parse-agent-spec";
import { makeSpec, SIGNATURE } from "./testing/agent-spec";

const context = {
  kind: "context",
  archive: "/run/x/context.tar",
  sha256: "c".repeat(64),
  containerfile: "a/Containerfile",
  buildArgs: { A: "1" },
  pins: { "127.0.0.1:15000/base:12": `127.0.0.1:15000/base@sha256:${"a".repeat(64)}` },
};

const put = { format: "put", name: "cloud", encoding: "qcow2", receiver: "image-1" } as const;
const blocks = { format: "blocks", region: "us-east-1", snapshotId: "snap-0a1b", volumeGib: 10 } as const;

test("takes what the caller writes", () => {
  const { uploads } = makeSpec();
  const spec = makeSpec({
    uploads: [
      ...uploads,
      blocks,
      { ...blocks, region: "eu-west-1", encrypted: true, endpoint: "http://10.0.2.2:4566" },
      put,
      { ...put, name: "sky", encoding: "raw", partBytes: 5_242_880 },
    ],
    source: context as never,
    registries: [{ prefix: "127.0.0.1:15000", location: "10.0.2.2:15000/mirror", insecure: true }],
    signatures: { policy: '{"default":[]}', registriesD: { "a.yaml": "docker: {}" } },
    authorities: ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    scratchDevice: "/dev/disk/by-id/virtio-scratch",
  });
  expect(parseSpec(JSON.stringify(spec), "spec.json")).toEqual(spec);
});

test.each(["us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "ap-southeast-7"])(
  "takes a snapshot in a region of any partition: %s",
  (region) => {
    const { uploads } = makeSpec();
    const spec = makeSpec({ uploads: [...uploads, { ...blocks, region }] });
    expect(parseSpec(JSON.stringify(spec), "spec.json")).toEqual(spec);
  },
);

test("names every mistake with its path, and no secret", () => {
  const wrong = {
    ...makeSpec(),
    version: 2,
    key: "xyz",
    source: {
      ...context,
      archive: "context.tar",
      sha256: "C0FFEE",
      containerfile: "../Containerfile",
      buildArgs: { "A-B": 1 },
      target: "--x",
      folder: "../x",
      contexts: {
        2: { kind: "folder", path: "a" },
        files: { kind: "folder", path: "/" },
        image: { kind: "image", reference: "-x" },
        x: { kind: "url" },
      },
      options: {
        capAdd: ["ALL"],
        securityOpt: "label=disable",
        ulimit: ["nofile=4096"],
        network: "x",
        device: ["/dev/sda"],
      },
      pins: { "--x": "y:1" },
    },
    registries: [{ prefix: '"\nx', location: "ok", insecure: "no" }],
    signatures: { policy: "", registriesD: { "b.yaml": 1 } },
    authorities: ["-----BEGIN PRIVATE KEY-----"],
    builder: { image: "--privileged", packaged: true, rootfs: "xfs", args: [1] },
    uploads: [
      { format: "qcow2" },
      { format: "raw.zst", object: "", url: `ftp://host/x?X-Amz-Signature=${SIGNATURE}` },
      { ...blocks, region: "everywhere", snapshotId: "vol-1", volumeGib: 1.5, encrypted: "no", endpoint: "blocks" },
      blocks,
      blocks,
      { format: "raw.zst", object: "again", url: "http://store/x" },
      put,
      { ...put, encoding: "vmdk", receiver: "", partBytes: 4096 },
      { ...put, name: "../x" },
    ],
    record: { object: "r", url: `no url ${SIGNATURE}` },
    scratchDevice: "vdb",
    needGib: -1,
    lifetimeMinutes: 1e9,
    ownMachine: "yes",
  };
  let message = "";
  try {
    parseSpec(JSON.stringify(wrong), "spec.json");
  } catch (error) {
    message = String(error);
  }
  const paths = [...message.matchAll(/^ {2}([\w.[\]-]+):/gm)].map((match) => match[1]);
  expect(paths).toEqual([
    ...[
      "version",
      "key",
      "source.archive",
      "source.sha256",
      "source.containerfile",
      "source.folder",
      ...["2", "files.path", "image.reference", "x.kind"].map((name) => `source.contexts.${name}`),
      "source.buildArgs.A-B",
      "source.pins.--x",
      "source.pins.--x",
      "source.target",
      ...["capAdd", "securityOpt", "network", "device"].map((name) => `source.options.${name}`),
    ],
    ...[
      "registries[0].prefix",
      "registries[0].insecure",
      "signatures.policy",
      "signatures.registriesD.b.yaml",
      "authorities[0]",
      "builder.image",
      "builder.packaged",
      "builder.args[0]",
    ],
    ...["uploads[0].format", "uploads[1].object", "uploads[1].url"],
    ...["region", "snapshotId", "volumeGib", "encrypted", "endpoint"].map((field) => `uploads[2].${field}`),
    ...["uploads[4].region", "uploads[7].name"],
    ...["encoding", "receiver", "partBytes"].map((field) => `uploads[7].${field}`),
    ...["uploads[8].name", "uploads", "record.url"],
    ...["scratchDevice", "needGib", "lifetimeMinutes", "ownMachine"],
  ]);
  expect(message).not.toContain(SIGNATURE);
});

test("a file that is no JSON is not quoted", () => {
  expect(() => parseSpec(`{"url": "${SIGNATURE}`, "spec.json")).toThrow(/^spec.json:\n {2}is not JSON$/);
});

test("the work is the same with fresh URLs and other times, another with another builder", () => {
  const one = workDigest(makeSpec());
  expect(workDigest(makeSpec({ lifetimeMinutes: 5, needGib: 2 }, "http://elsewhere:1"))).toBe(one);
  const sent = (archive: string, sha256 = context.sha256) =>
    workDigest(makeSpec({ source: { ...context, archive, sha256 } as never }));
  expect(sent("/x/context-2.tar")).toBe(sent("/x/context-1.tar"));
  expect(sent("/x/context-1.tar", "d".repeat(64))).not.toBe(sent("/x/context-1.tar"));
  expect(workDigest(makeSpec({ builder: { image: "other", rootfs: "xfs", args: [] } }))).not.toBe(one);
});
