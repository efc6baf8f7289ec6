/**
 * What the image under build can reach on a worker, with this machine's podman and the agent's own steps: the same program tries as a
 * RUN of the build and in the place of the image's package manager, and on the machine itself, where every try must succeed.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { machine as machineName } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Job } from "../../agent/job/job";
import { JobFolder } from "../../agent/job/job-folder";
import type { Machine } from "../../agent/machine/machine";
import { findCommand, runCommand } from "../../agent/machine/processes";
import { systemClock } from "../../agent/machine/clock";
import { build, type BuiltImage } from "../../agent/steps/build";
import { closeMetadataService } from "../../agent/steps/metadata-service";
import { listPackages } from "../../agent/steps/packages";
import { type CloudNetwork, cloudNetwork, MIRROR, TOLD } from "../../agent/testing/cloud-network";
import { curlPut } from "../../agent/machine/put";
import { SECRETS_FILE } from "../../contract/build-secrets";
import { LOGIN_FILE } from "../../contract/registry-login";
import { KEY, makeSpec, SIGNATURE } from "../../contract/testing/agent-spec";
import { type PodmanStore, podmanStore } from "../../model/source/testing/podman-store";
import { tarOf } from "../../model/source/testing/tar-of";

const MINUTE = 60_000;
const OTHER_KEY = "f".repeat(64);
const BASE = "localhost/base:1";
const LEFT = "left-by-another-build";
const PLANTED = "planted-on-the-machine";

let store: PodmanStore;
let network: CloudNetwork;
let job: Job;
let image: BuiltImage;
let kill = (): void => undefined;

const workOf = (root: string, key: string, file: string) =>
  join(root, "machine/var/lib/containers/copr-builders", key, file);

/** What is tried, as bash: silent, and true for a try that succeeds. */
function tries(folder: string): Readonly<Record<string, string>> {
  const has = (path: string, text: string) => `[[ "$(<${path})" == *${text}* ]]`;
  const root = dirname(folder);
  return {
    "metadata-ipv4": "asks 169.254.169.254",
    "metadata-ec2-ipv6": "asks fd00:ec2::254",
    "metadata-neutron-ipv6": "asks fe80::a9fe:a9fe%eth0",
    "presigned-urls": has(join(folder, "spec.json"), SIGNATURE),
    "registry-logins": has(join(folder, LOGIN_FILE), "auths"),
    "build-secrets": `${has(join(folder, SECRETS_FILE), "token")} || ${has(join(folder, "secrets/token"), ".")}`,
    "other-processes": `for f in /proc/[0-9]*/environ; do [[ "$(<$f)" == *GRANT=${SIGNATURE}* ]] && found=1; done; [[ -n "$found" ]]`,
    "host-files": has(join(root, "planted"), PLANTED),
    "host-files-by-proc": has(`/proc/1/root${join(root, "planted")}`, PLANTED),
    "other-builds-context": has(workOf(root, OTHER_KEY, "context/Containerfile"), BASE),
    "other-builds-cache": `for f in /cache/left ${workOf(root, OTHER_KEY, "tmp/buildah-cache*/*/left")} /var/tmp/buildah-cache*/*/left; do ${has("$f", LEFT)} && found=1; done; [[ -n "$found" ]]`,
    "kernel-settings": 'read -r v < /proc/sys/kernel/core_pattern && echo "$v" > /proc/sys/kernel/core_pattern',
  };
}
const NAMES = Object.keys(tries("/nowhere/job"));

/** `#!/bin/sh` of the base is bash. */
const program = (folder: string): string =>
  [
    "#!/bin/sh",
    `asks() { exec 3<>"/dev/tcp/$1/80" && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && [[ "$(cat <&3)" == *${TOLD}* ]]; }`,
    ...Object.entries({ ...tries(folder), mirror: `asks ${MIRROR}` }).map(
      ([name, how]) => `if ( ${how} ) 2>/dev/null; then echo "${name} reached"; else echo "${name} refused"; fi`,
    ),
    "exit 0\n",
  ].join("\n");

/** A base with a shell that opens connections: this machine's. */
function baseTar(): Buffer {
  const libraries = execFileSync("ldd", ["/bin/bash", "/bin/cat"], { encoding: "utf8" }).match(/\/\S+\.so\S*/g) ?? [];
  const files = [...new Set(["/bin/bash", "/bin/cat", ...libraries])];
  const member = (path: string, from = path) => ({ path: path.slice(1), content: readFileSync(from), mode: 0o755 });
  return tarOf([...files.map((path) => member(path)), member("/bin/sh", "/bin/bash")]);
}

function makeJob(machine: Machine, key: string, files: Readonly<Record<string, string>>): Job {
  const folder = join(dirname(machine.root), `job-${key.slice(0, 8)}`);
  const context = join(folder, "context");
  mkdirSync(context, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(context, name), text, { mode: 0o755 });
  const archive = join(folder, "context.tar");
  execFileSync("tar", ["-c", "-f", archive, "-C", context, ...Object.keys(files)]);
  const sha256 = createHash("sha256").update(readFileSync(archive)).digest("hex");
  const source = { kind: "context", archive, sha256, containerfile: "Containerfile", buildArgs: {}, pins: {} } as const;
  const spec = makeSpec({ key, arch: machineName(), source, ownMachine: true });
  writeFileSync(join(folder, "spec.json"), JSON.stringify(spec));
  writeFileSync(
    join(folder, LOGIN_FILE),
    JSON.stringify({ auths: { "registry.example/a": { auth: "YTpiMTIzNDU2Nzg=" } } }),
  );
  writeFileSync(join(folder, SECRETS_FILE), JSON.stringify({ token: "build-secret-1" }));
  const made = new Job(machine, new JobFolder(folder), spec, new AbortController().signal);
  mkdirSync(made.work, { recursive: true });
  return made;
}

function outcomes(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, outcome] = /^([\w-]+) (reached|refused)$/.exec(line) ?? [];
      return name === undefined || outcome === undefined ? [] : [[name, outcome]];
    }),
  );
}

let onMachine: Record<string, string>;
let inBuild: Record<string, string>;
let inListing: Record<string, string>;

beforeAll(async () => {
  store = await podmanStore();
  network = await cloudNetwork();
  const root = join(store.folder, "machine");
  for (const folder of ["proc/sys/kernel/random", "proc/net"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "proc/sys/kernel/random/boot_id"), "boot-1\n");
  writeFileSync(join(root, "proc/net/if_inet6"), "");
  writeFileSync(join(store.folder, "planted"), PLANTED);
  const machine: Machine = {
    run: (command, args, options) =>
      network.run(command, command === "podman" ? [...store.options, ...args] : args, options),
    put: curlPut(runCommand),
    find: findCommand,
    clock: systemClock,
    ...{ root, uid: 0 },
    self: { node: process.execPath, script: __filename },
  };
  writeFileSync(join(store.folder, "base.tar"), baseTar());
  expect(await store.run(["import", "--quiet", join(store.folder, "base.tar"), BASE])).toBeUndefined();
  const other = `FROM ${BASE}\nRUN --mount=type=cache,id=shared,target=/cache echo ${LEFT} > /cache/left\n`;
  await build(makeJob(machine, OTHER_KEY, { Containerfile: other }));

  const tried = program(join(store.folder, `job-${KEY.slice(0, 8)}`));
  const text = `FROM ${BASE}\nCOPY rpm /usr/bin/rpm\nRUN --mount=type=cache,id=shared,target=/cache /usr/bin/rpm\n`;
  job = makeJob(machine, KEY, { Containerfile: text, rpm: tried });
  const holder = spawn("sleep", ["600"], { env: { PATH: "/usr/bin:/bin", GRANT: SIGNATURE }, stdio: "ignore" });
  kill = () => void holder.kill("SIGKILL");
  // Before anything is closed. A kernel's setting is not written here.
  const here = tried.replace(/^.*core_pattern.*$/m, "");
  const { tail } = await network.run("bash", ["-c", here], { timeoutMs: MINUTE });
  onMachine = outcomes(tail);

  await closeMetadataService(job);
  await closeMetadataService(job);
  image = await build(job);
  const events = readFileSync(job.folder.eventsPath, "utf8").split("\n").filter(Boolean);
  inBuild = outcomes(events.map((event) => (JSON.parse(event) as { text: string }).text));
  const { packages: listed } = await listPackages(job, image);
  inListing = Object.fromEntries(listed.map(({ name, version }) => [name, version]));
}, 3 * MINUTE);

afterAll(async () => {
  kill();
  network.remove();
  await store.remove();
});

test("on the machine itself every try succeeds", () => {
  // Neither of its first process, which may be of another root, nor of a setting, which is left alone.
  const all = [...NAMES, "mirror"].filter((name) => !["host-files-by-proc", "kernel-settings"].includes(name));
  expect(onMachine).toMatchObject(Object.fromEntries(all.map((name) => [name, "reached"])));
});

test.each(NAMES)("RUN of the build: %s is refused", (name) => {
  expect(inBuild[name]).toBe("refused");
});

test.each([...NAMES, "mirror"])("the image's own package manager: %s is refused", (name) => {
  expect(inListing[name]).toBe("refused");
});

test("a build reaches what else there is in the machine's network", () => {
  expect(inBuild["mirror"]).toBe("reached");
});
