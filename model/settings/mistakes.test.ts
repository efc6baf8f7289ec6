import { describe, expect, it } from "vitest";
import { ALL, AWS_TARGET, ENV, good, HOST, mistakes, WORKER, type Json } from "./fixtures";
import { KEYS, readSettings } from "./index";

describe("mistakes", () => {
  it("are all reported together, with paths, in the order of the file", () => {
    const { worker } = (good()["architectures"] as Record<string, Json>)["x86_64"] ?? {};
    const { pool: _, ...poolless } = HOST;
    const raw = good({
      architectures: {
        riscv64: {},
        x86_64: { worker: { ...(worker as Json), diskGib: -5 }, publish: ["hypervisor", "awss"] },
      },
      targets: {
        aws: AWS_TARGET,
        hypervisor: {
          platform: "libvirt",
          hosts: [
            { ...poolless, name: "a" },
            { ...HOST, name: "b" },
            { ...HOST, name: "c", uri: "qemu+ssh:///system" },
          ],
        },
      },
    });
    expect(mistakes(raw)).toEqual([
      "architectures.riscv64: unknown architecture; use one of x86_64, aarch64, ppc64le, s390x",
      "architectures.x86_64.worker.diskGib: must be at least 1, got -5",
      'architectures.x86_64.publish[1]: unknown target "awss"; known: aws, hypervisor',
      "targets.hypervisor.hosts[0].pool: missing; name the libvirt storage pool",
      'targets.hypervisor.hosts[2].uri: "qemu+ssh:///system" needs a host name; write qemu+ssh://HOST/system',
    ]);
    expect(() => readSettings({ source: raw, env: ENV, capabilities: ALL })).toThrow(
      /^the settings have 5 mistakes:\n/,
    );
  });

  const cases: readonly [string, Readonly<Record<string, unknown>>, readonly string[]][] = [
    ["an unknown key at the top", { sources: {} }, [`sources: unknown setting; known: ${KEYS.join(", ")}`]],
    [
      "an unknown key inside",
      { "store.buckets": "x" },
      ["store.buckets: unknown setting; known here: bucket, region, endpoint, endpointForWorkers, credentials"],
    ],
    [
      "an unknown key of a platform",
      { [`${WORKER}.base.pol`]: "x" },
      ["architectures.x86_64.worker.base.pol: unknown setting; known here: pool, volume"],
    ],
    [
      "an unknown platform",
      { "targets.hypervisor.platform": "vmware" },
      ['targets.hypervisor.platform: unknown platform "vmware"; use one of aws, ibm, libvirt, openstack'],
    ],
    [
      "no platform",
      { "targets.hypervisor.platform": undefined },
      ["targets.hypervisor.platform: missing; use one of aws, ibm, libvirt, openstack"],
    ],
    [
      "an unknown network",
      { [`${WORKER}.network`]: { mode: "nat" } },
      ['architectures.x86_64.worker.network.mode: unknown mode "nat"; use one of user, network, bridge'],
    ],
    [
      "two sources",
      { "source.image": "quay.io/a/b:1" },
      ["source: has both context and image; give either context (a folder with a Containerfile) or image"],
    ],
    [
      "a target that would be an option of podman's",
      { "source.target": "--privileged" },
      ['source.target: "--privileged" is not the name of a stage; write the name of a stage'],
    ],
    [
      "options that podman refuses, or that are the worker's business",
      {
        "source.options": {
          capAdd: ["cap_bpf", "ALL"],
          securityOpt: ["seccomp=/tmp/x"],
          ulimit: ["nofile=2:1"],
          device: ["/dev/sda"],
        },
      },
      [
        'source.options.capAdd[1]: "ALL" is not a capability; write one of capabilities(7), e.g. SYS_PTRACE',
        'source.options.securityOpt[0]: "seccomp=/tmp/x" is not a security option for builds; write label=disable, label=type:TYPE, seccomp=unconfined or apparmor=unconfined',
        'source.options.ulimit[0]: "nofile=2:1" is not a limit; write NAME=SOFT or NAME=SOFT:HARD, e.g. nofile=4096:8192, SOFT not above HARD',
        'source.options.device[0]: "/dev/sda" is not a device that a build may have; write one of /dev/fuse, /dev/kvm, /dev/net/tun: any other would open more of the worker than the build needs',
      ],
    ],
    [
      "named contexts that podman reads otherwise, or that are others tomorrow",
      {
        "source.contexts": {
          "0": "x",
          "a=b": "x",
          scratch: "x",
          tar: "https://example.org/x.tar",
          oci: "oci-layout://x",
        },
        "source.contexts.short": "docker-image://alpine:3",
      },
      [
        'source.contexts["0"]: "0" can\'t be a name of a context; write letters, digits, "_", ".", "-", "/", ":" and "@", no number alone',
        'source.contexts["a=b"]: "a=b" can\'t be a name of a context; write letters, digits, "_", ".", "-", "/", ":" and "@", no number alone',
        'source.contexts.scratch: "scratch" can\'t be a name of a context; FROM scratch stays what it is; choose another name',
        "source.contexts.tar: is an address, and what is there differs from day to day; download it into a folder, and name that",
        "source.contexts.oci: oci-layout:// is nothing that podman takes; name a folder, or docker-image://REGISTRY/NAME:TAG",
        'source.contexts.short: "alpine:3" is not an image reference with its registry; write docker-image://REGISTRY/NAME:TAG',
      ],
    ],
    [
      "no source",
      { source: { containerfile: "x" } },
      ["source: has neither context nor image; give either context (a folder with a Containerfile) or image"],
    ],
    [
      "a reference without its registry",
      { "disk.builder.image": "bib:latest" },
      [
        'disk.builder.image: "bib:latest" is not an image reference with its registry; write REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST',
      ],
    ],
    ...["fedora/fedora-bootc:42", "quay.io/A/b:1", "oci:./x", "quay.io/a/b:"].map(
      (image): [string, Record<string, unknown>, string[]] => [
        `the image ${image}`,
        { source: { image } },
        [
          `source.image: "${image}" is not an image reference with its registry; write REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST`,
        ],
      ],
    ),
    [
      "arguments of the image builder before",
      {
        disk: {
          builder: { image: "ghcr.io/osbuild/image-builder:1" },
          args: ["--with-buildlog", "--use-librepo=True", "--rootfs"],
        },
      },
      [
        "disk.args[1]: --use-librepo=True is bootc-image-builder's, and ghcr.io/osbuild/image-builder:1 is called as image-builder is; leave it out",
        "disk.args[2]: --rootfs is bootc-image-builder's, and ghcr.io/osbuild/image-builder:1 is called as image-builder is; write disk.rootfs",
      ],
    ],
    [
      "a container that is no package",
      { disk: { builder: { image: "quay.io/a/bib:1", packaged: ["s390x"] } } },
      [
        "disk.builder.packaged: bootc-image-builder is a container alone; leave it out, or set disk.builder.kind to image-builder",
      ],
    ],
    ["a text for a number", { attempts: "many" }, ['attempts: must be a number, got "many"']],
    [
      "a number for a text",
      { "source.buildArgs": { A: 42 } },
      ["source.buildArgs.A: must be a text, got 42; put it in quotes"],
    ],
    ["too many", { attempts: 11 }, ["attempts: must be at most 10, got 11"]],
    ["a fraction", { attempts: 1.5 }, ["attempts: must be a whole number, got 1.5"]],
    ["nothing kept", { keepGenerations: 0 }, ["keepGenerations: must be at least 1, got 0"]],
    ["an empty check", { bootCheck: { checks: [""] } }, ["bootCheck.checks[0]: empty; write a shell command"]],
    ["a text for a list", { promotedBy: "prod" }, ['promotedBy: must be a list, got "prod"']],
    [
      "a list for a map",
      { targets: [] },
      [
        'architectures.x86_64.publish[0]: unknown target "hypervisor"; there are none yet, add it to targets',
        "targets: must be a map, got []",
      ],
    ],
    [
      "a target named twice",
      { "architectures.x86_64.publish.1": "hypervisor" },
      ['architectures.x86_64.publish[1]: "hypervisor" is there twice; remove one'],
    ],
    [
      "nothing published",
      { "architectures.x86_64.publish": [] },
      ["architectures.x86_64.publish: empty; give at least 1"],
    ],
    ["no worker", { [WORKER]: undefined }, ["architectures.x86_64.worker: missing; say which machine builds"]],
    [
      "a target without that architecture",
      { "targets.hypervisor.hosts.0.arch": "ppc64le" },
      ['architectures.x86_64.publish[0]: target "hypervisor" has no place for x86_64; add one, or remove it here'],
    ],
    [
      "two hosts of one name, one of them with another mistake",
      { "targets.hypervisor.hosts.1": { ...HOST, pool: "" } },
      [
        'targets.hypervisor.hosts[1].name: "one" is the name of [0] too; give each its own',
        "targets.hypervisor.hosts[1].pool: empty; name the libvirt storage pool",
      ],
    ],
    ["no hosts", { "targets.hypervisor.hosts": [] }, ["targets.hypervisor.hosts: empty; give at least 1"]],
    [
      "a worker that dies before its build may end",
      { buildTimeoutMinutes: 181 },
      ["architectures.x86_64.worker.lifetimeMinutes: must be at least buildTimeoutMinutes (181), got 180"],
    ],
    [
      "a worker that has too little space",
      { "disk.needGib": 40 },
      ["architectures.x86_64.worker.scratchGib: must be more than disk.needGib (40), got 40"],
    ],
    [
      "two regions without keys",
      {
        "targets.aws": {
          ...AWS_TARGET,
          regions: ["us-east-1", "eu-west-1"].map((name) => ({ name, subnets: ["subnet-1"] })),
        },
      },
      [
        "targets.aws.regions[1].output: missing: eu-west-1 and another region would both write images.aws; give each its own key",
      ],
    ],
    [
      "an address that is none",
      { "store.endpoint": "127.0.0.1:9000" },
      ["store.endpoint: is not an address; write e.g. https://s3.example.org"],
    ],
    [
      "credentials in an address",
      { "store.endpoint": "https://me:hunter2@s3.example.org?x=1" },
      [
        "store.endpoint: has credentials in it, which settings would show to everybody; leave them out, and change them",
        "store.endpoint: has parameters; leave out what follows ?",
      ],
    ],
    [
      "a zone as the region of a bucket of Amazon's",
      { "store.region": "us-east-1a" },
      ['store.region: "us-east-1a" is not a region of Amazon S3; name the bucket\'s, e.g. us-east-1'],
    ],
    [
      "a registry's mistake",
      { registries: { "127.0.0.1:5000": { insecure: "yes" } } },
      ['registries["127.0.0.1:5000"].insecure: must be true or false, got "yes"'],
    ],
    [
      "a promoting stack that builds",
      {
        ...Object.fromEntries(["source", "disk", "architectures", "targets"].map((key) => [key, undefined])),
        promote: { from: "devel", soakDays: -1, needs: ["aws."] },
      },
      [
        "store: has no meaning in a stack that promotes; remove it, or remove promote",
        "promote.soakDays: must be at least 0, got -1",
        'promote.needs[0]: "aws." is not a path in the output images, e.g. aws.x86_64; write e.g. aws.x86_64',
      ],
    ],
    [
      "a soak that is skipped for whatever comes",
      {
        ...Object.fromEntries(["source", "disk", "store", "architectures", "targets"].map((key) => [key, undefined])),
        promote: { from: "devel", skipSoak: true },
      },
      [
        "promote.skipSoak: needs promote.generation: it is for one generation; to wait for none at all, set soakDays to 0",
      ],
    ],
    [
      "a filter for what is not there",
      { only: { architectures: ["x86_64", "s390x", "riscv64"], targets: ["hypervisor"] } },
      ['only.architectures[2]: unknown "riscv64"; use one of x86_64, aarch64, ppc64le, s390x'],
    ],
    [
      "a filter that would do nothing",
      { only: { architectures: ["s390x"], targets: ["hypervisr"] } },
      [
        'only.architectures[0]: "s390x" is not in architectures; known: x86_64',
        'only.targets[0]: "hypervisr" is not in targets; known: hypervisor',
      ],
    ],
  ];
  it.each(cases)("%s", (_, change, expected) => {
    expect(mistakes(good(change))).toEqual(expected);
  });
});
