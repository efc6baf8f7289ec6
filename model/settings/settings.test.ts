import { describe, expect, it } from "vitest";
import { ALL, build, good, mistakes, TODAY, WORKER, AWS_TARGET, ENV, type Json } from "./fixtures";
import type { CapabilityTable } from "../../infra/specs";
import { readSettings } from "./index";

describe("a worker", () => {
  const near = (good()["architectures"] as Record<string, Json>)["x86_64"]?.["worker"] as Json;
  const far = { ...near, uri: "qemu+ssh://far/system", network: { mode: "bridge", name: "br0" } };

  it("may be a list: the first is the choice, the others stand in; one that is written alone is as it was", () => {
    const listed = build(good({ [WORKER]: [near, far] })).architectures.x86_64;
    expect(listed?.worker).toEqual(build(good()).architectures.x86_64?.worker);
    expect(listed?.spares?.map((spare) => "uri" in spare && spare.uri)).toEqual(["qemu+ssh://far/system"]);
    expect(build(good()).architectures.x86_64).not.toHaveProperty("spares");
    expect(build(good({ [WORKER]: [near] }))).toEqual(build(good()));
  });

  it("is checked wherever it stands in a list", () => {
    const wrong = [near, { ...far, pool: undefined }, { ...far, scratchGib: 10 }, { ...far, lifetimeMinutes: 5 }];
    expect(mistakes(good({ [WORKER]: wrong }))).toEqual([
      "architectures.x86_64.worker[1].pool: missing; name the libvirt storage pool",
      "architectures.x86_64.worker[2].scratchGib: must be more than disk.needGib (20), got 10",
      "architectures.x86_64.worker[3].lifetimeMinutes: must be at least buildTimeoutMinutes (120), got 5",
    ]);
    const ibm = {
      ...{ platform: "ibm", region: "us-east", zone: "us-east-1", image: "i", vpc: "v", subnet: "s" },
      ...{ resourceGroup: "Default", operatorCidr: "203.0.113.7/32" },
    };
    expect(mistakes(good({ [WORKER]: [near, ibm] }), TODAY)).toEqual([
      'architectures.x86_64.worker[1]: platform "ibm" has no workers yet',
    ]);
    expect(mistakes(good({ [WORKER]: [] }))).toEqual(["architectures.x86_64.worker: empty; say which machine builds"]);
    expect(mistakes(good({ [WORKER]: Array.from({ length: 11 }, () => near) }))).toEqual([
      "architectures.x86_64.worker: has more than 10 machines; name fewer",
    ]);
  });
});

describe("what is left out", () => {
  it("gets its default", () => {
    const settings = build(good());
    expect(settings.source).toEqual({
      kind: "context",
      context: "images/x",
      containerfile: "Containerfile",
      buildArgs: {},
    });
    expect(settings.disk).toEqual({
      builder: { image: "quay.io/a/b:1", kind: "bootc-image-builder", packaged: [] },
      rootfs: "xfs",
      args: ["--use-librepo=True"],
      needGib: 20,
    });
    for (const image of ["ghcr.io/osbuild/image-builder:latest", "ghcr.io/osbuild/image-builder-cli"]) {
      const disk = build({ ...good(), disk: { builder: { image } } }).disk;
      expect(disk).toMatchObject({ builder: { kind: "image-builder", packaged: ["ppc64le", "s390x"] }, args: [] });
    }
    const own = build({ ...good(), disk: { builder: { image: "registry.example.org/copr/image-builder:1" } } }).disk;
    expect(own.builder.kind).toBe("bootc-image-builder");
    expect(settings.bootCheck).toEqual({ boots: 3, timeoutMinutes: 10, checks: [] });
    expect(settings).toMatchObject({ keepGenerations: 2, buildTimeoutMinutes: 120, attempts: 2, keepOnFailure: false });
    expect(settings.firstBoot).toBe("auto");
    // As readers of YAML take them without quotes.
    expect([true, false, "on"].map((firstBoot) => build({ ...good(), firstBoot }).firstBoot)).toEqual([
      "on",
      "off",
      "on",
    ]);
    expect(settings).not.toHaveProperty("rebuildAfterDays");
    expect(settings.architectures.x86_64?.worker).toEqual({
      platform: "libvirt",
      uri: "qemu:///system",
      pool: "workers",
      base: { volume: "base.qcow2" },
      vcpus: 2,
      memoryMib: 4096,
      diskGib: 20,
      scratchGib: 40,
      network: { mode: "user" },
      lifetimeMinutes: 180,
    });
    expect(settings.targets["hypervisor"]).toMatchObject({
      hosts: [{ boot: { vcpus: 1, memoryMib: 2048, network: { mode: "user" } } }],
    });
  });

  it("may be an empty map, as the project's defaults are", () => {
    expect(build(good({ promote: {}, registries: {}, bootCheck: {}, rebuildAfterDays: 0 }))).toEqual(build(good()));
    expect(mistakes({ source: {}, disk: {}, store: {}, architectures: {}, targets: {} })).toEqual([
      "source: missing; give either context (a folder with a Containerfile) or image",
      "disk: missing; name the image builder in disk.builder.image",
      "store: missing; name the bucket that disks are kept in",
      "architectures: missing; give at least one of x86_64, aarch64, ppc64le, s390x",
    ]);
  });

  it("takes libvirt's own variable, checked like a written address", () => {
    const raw = good({ "targets.hypervisor.hosts.0.uri": undefined });
    expect(build(raw, { LIBVIRT_DEFAULT_URI: "qemu+unix:///system?socket=/run/x" }).targets).toMatchObject({
      hypervisor: { hosts: [{ uri: "qemu+unix:///system?socket=/run/x" }] },
    });
    const text = "missing; name the hypervisor, e.g. qemu:///system, or set LIBVIRT_DEFAULT_URI";
    const paths = ["architectures.x86_64.worker.uri", "targets.hypervisor.hosts[0].uri"];
    expect(mistakes(raw, ALL, {})).toEqual(paths.map((path) => `${path}: ${text}`));
    expect(mistakes(raw, ALL, { LIBVIRT_DEFAULT_URI: "xen:///" })).toEqual(
      paths.map(
        (path) => `${path}: "xen:///" has the scheme xen, which is not supported; use qemu, qemu+ssh or qemu+unix`,
      ),
    );
  });
});

describe("an ssh worker", () => {
  const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPq4fO5gVbX2pUqVbB3k6l7Yy3mFqT0Yw7pQkqYb0Qx";
  const ssh = (hostKey: string) => good({ [WORKER]: { platform: "ssh", host: "h", hostKey, privateKeyFile: "key" } });

  it("has defaults and a host key", () => {
    expect(build(ssh(KEY)).architectures.x86_64?.worker).toMatchObject({
      port: 22,
      user: "root",
      lifetimeMinutes: 180,
    });
  });

  it.each(["", "ssh-ed25519", "h ssh-ed25519 AAAA", KEY.replace("ssh-ed25519", "ssh-rsa"), "SHA256:abc"])(
    "refuses the host key %j",
    (key) => {
      expect(mistakes(ssh(key))).toHaveLength(1);
      expect(mistakes(ssh(key))[0]).toMatch(/^architectures\.x86_64\.worker\.hostKey: /);
    },
  );
});

describe("registries", () => {
  it("are as workers reach them", () => {
    const raw = good({
      registries: {
        "127.0.0.1:5000": { location: "10.0.2.2:5000" },
        "r.example.org": {},
        "x.example.org/a": { insecure: true },
      },
    });
    expect(build(raw).registries).toEqual([
      { prefix: "127.0.0.1:5000", location: "10.0.2.2:5000", insecure: true },
      { prefix: "r.example.org", location: "r.example.org", insecure: false },
      { prefix: "x.example.org/a", location: "x.example.org/a", insecure: true },
    ]);
  });

  it("have their credentials in the usual files", () => {
    const files = (env: Record<string, string>) => build(good(), { ...ENV, ...env }).authFiles;
    expect(files({ XDG_RUNTIME_DIR: "/run/user/1" })).toEqual([
      "/run/user/1/containers/auth.json",
      "/home/me/.config/containers/auth.json",
      "/home/me/.docker/config.json",
      "/home/me/.dockercfg",
    ]);
    expect(files({ XDG_RUNTIME_DIR: "/run/user/1", DOCKER_CONFIG: "/ci" })).toEqual([
      "/ci/config.json",
      "/home/me/.config/containers/auth.json",
      "/home/me/.dockercfg",
    ]);
    expect(files({ REGISTRY_AUTH_FILE: "/x" })).toEqual(["/x"]);
    const root = readSettings({ source: good(), env: ENV, capabilities: ALL, uid: 0 });
    expect(root).toMatchObject({ authFiles: expect.arrayContaining(["/run/containers/0/auth.json"]) as unknown });
  });

  it("have what is known of contexts in the user's cache", () => {
    const folder = (env: Record<string, string>) => build(good(), { ...ENV, ...env }).contextCache;
    expect(folder({})).toBe("/home/me/.cache/copr-builders/contexts");
    expect(folder({ XDG_CACHE_HOME: "/var/cache/ci" })).toBe("/var/cache/ci/copr-builders/contexts");
    expect(folder({ XDG_CACHE_HOME: "relative" })).toBe("/home/me/.cache/copr-builders/contexts");
    expect(folder({ HOME: "" })).toBeUndefined();
  });

  it("are reached through the proxies of the environment, with the certificates of this machine", () => {
    const env = { ...ENV, https_proxy: "http://small:1", HTTPS_PROXY: "http://big:1", no_proxy: "a", HTTP_PROXY: "" };
    const { proxies, certificates } = build(good(), { ...env, NODE_EXTRA_CA_CERTS: "/ca", SSL_CERT_FILE: "/system" });
    expect(proxies).toEqual({ https: "http://big:1", no: "a" });
    expect(certificates.folders[0]).toBe("/home/me/.config/containers/certs.d");
    expect(certificates.authorities).toEqual(["/system", "/ca"]);
  });

  it("are named without a scheme", () => {
    const of = (prefix: string, location?: string) =>
      mistakes(good({ registries: { [prefix]: location === undefined ? {} : { location } } }));
    for (const right of ["r.example.org", "r.example.org:5000/a/b", "*.example.org", "[::1]:5000", "localhost"]) {
      expect(of(right)).toEqual([]);
    }
    expect(of("https://r.example.org/")).toEqual([
      'registries["https://r.example.org/"]: a registry is named without https://; write r.example.org',
    ]);
    expect(of("r.example.org/")).toEqual([
      'registries["r.example.org/"]: "r.example.org/" names no registry; write r.example.org',
    ]);
    // podman on a worker refuses its whole file for one of these.
    expect(of("*.example.org:5000/a")).toEqual([
      'registries["*.example.org:5000/a"]: "*.example.org:5000/a" has more than a domain; write *.example.org',
    ]);
    expect(of("r.example.org", "http://m:1")[0]).toMatch(/location: "http:\/\/m:1" is not a registry without a scheme/);
  });
});

describe("what platforms can't do yet", () => {
  it("is refused by name", () => {
    const raw = good({
      "architectures.aarch64": {
        worker: {
          platform: "aws",
          operatorCidr: "203.0.113.7/32",
          region: "us-east-1",
          instanceType: "c7g.xlarge",
          subnets: ["subnet-1"],
          ami: { owner: "125523088429", name: "Fedora-*" },
        },
        publish: ["aws"],
      },
      "targets.aws": AWS_TARGET,
    });
    expect(mistakes(raw)).toEqual([]);
    const { aws: _, ...noAws } = TODAY;
    expect(mistakes(raw, noAws)).toEqual([
      'architectures.aarch64.worker: platform "aws" has no workers yet',
      'architectures.aarch64.publish[0]: target "aws": platform "aws" has no published images yet; remove it here',
    ]);
    const onlyX86: CapabilityTable = { ...ALL, aws: { workers: ["x86_64"], images: ["x86_64"] } };
    expect(mistakes(raw, onlyX86)).toEqual([
      'architectures.aarch64.worker: platform "aws" has no workers for aarch64; it has them for x86_64',
      'architectures.aarch64.publish[0]: target "aws": platform "aws" has no published images for aarch64; remove it here',
    ]);
  });
});

describe("the bucket's name", () => {
  const of = (bucket: string, more: Record<string, string> = {}) =>
    mistakes(good({ store: { bucket, region: "us-east-1", ...more } }));
  it.each(["a..b", "xn--copr", "192.0.2.7", "x--ol-s3", "A", "a", "a_b", "-ab", "v".repeat(64)])(
    "%s is refused",
    (name) => {
      expect(of(name)).toEqual([expect.stringMatching(/^store\.bucket: /)]);
    },
  );
  it("is refused with the rule of who has it", () => {
    expect(of("Copr_Images")).toEqual([
      expect.stringContaining("write one of 3 to 63 small letters, digits, - and .,"),
    ]);
    const elsewhere = of("a b", { endpoint: "https://s3.example.org" });
    expect(elsewhere).toEqual([expect.stringContaining("write one of 3 to 255 letters, digits, -, . and _,")]);
  });
  it("is taken with dots, and elsewhere by other rules", () => {
    expect(of("copr.images.example.org")).toEqual([]);
    for (const name of ["xn--copr", "Copr_Images"]) {
      expect(of(name, { endpoint: "https://s3.example.org" })).toEqual([]);
      expect(of(name, { endpoint: "https://s3.us-east-1.amazonaws.com" })).toHaveLength(1);
    }
  });
  it("is looked at beside other mistakes of the store", () => {
    expect(mistakes(good({ store: { bucket: "a..b", endpoint: "nowhere" } }))).toHaveLength(3);
  });
});
