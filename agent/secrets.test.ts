/** The logins of a job and the secrets of its build: what podman is given, what is left of them, and what is said of them. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeSpec } from "../contract/testing/agent-spec";
import { writeLogins } from "./steps/logins";
import { registriesEnvironment } from "./steps/registries";
import { fakeMachine, makeFolder, makeJob } from "./testing/fixtures";
import { Place, writings } from "./testing/place";

const PASSWORD = "planted-password-91";
const AUTH = Buffer.from(`somebody:${PASSWORD}`).toString("base64");
const LOGINS = { auths: { "quay.io/private/base": { auth: AUTH } } };

/** Says where its login is, shows it, and fails, as a podman that is asked to tell too much. */
const TALKS = `#!/bin/sh
case "$1" in
image) exit 125 ;;
build)
  echo "\${REGISTRY_AUTH_FILE-none}" > "$STATE/asked"
  cat "$REGISTRY_AUTH_FILE" >&2
  sed 's/.*"auth":"\\([^"]*\\)".*/\\1/' "$REGISTRY_AUTH_FILE" | base64 -d | tr : ' ' >&2
  exit 1
  ;;
esac
`;

test("podman has them while the job runs; afterwards they are gone, and nobody has read them anywhere", async () => {
  const place = await Place.make();
  await writeFile(join(place.folder, "auth.json"), JSON.stringify(LOGINS), { mode: 0o600 });
  await writeFile(place.path("bin/podman"), TALKS, { mode: 0o755 });
  await place.start();
  expect((await place.follow()).code).not.toBe(0);
  expect(await readFile(place.path("state/asked"), "utf8")).toBe(`${join(place.folder, "auth.json")}\n`);
  expect(existsSync(join(place.folder, "auth.json"))).toBe(false);
  const said = await writings(place);
  expect(said).toContain("somebody [secret]");
  for (const secret of [PASSWORD, AUTH]) expect(said).not.toContain(secret);
});

const SECRETS = { token: "planted-token-17\nsecond-line-of-it\n", "npm.rc": "planted-npm-44" };

/** Shows what it was given to mount, and fails. */
const SHOWS = `#!/bin/sh
case "$1" in
image) exit 125 ;;
build)
  echo "$*" > "$STATE/asked"
  for word in "$@"; do case "$word" in id=*) cat "\${word#*src=}" >&2; stat -c %a "\${word#*src=}" >> "$STATE/modes" ;; esac; done
  exit 1
  ;;
esac
`;

test("what the build is served is in files that podman mounts, and nowhere else; afterwards it is gone", async () => {
  const place = await Place.make();
  await writeFile(join(place.folder, "build-secrets.json"), JSON.stringify(SECRETS), { mode: 0o600 });
  await writeFile(place.path("bin/podman"), SHOWS, { mode: 0o755 });
  await place.start();
  expect((await place.follow()).code).not.toBe(0);
  const at = join(place.folder, "secrets");
  expect(await readFile(place.path("state/asked"), "utf8")).toContain(
    ` --secret id=token,src=${join(at, "token")} --secret id=npm.rc,src=${join(at, "npm.rc")} -f `,
  );
  expect(await readFile(place.path("state/modes"), "utf8")).toBe("600\n600\n");
  for (const path of [at, join(place.folder, "build-secrets.json")]) expect(existsSync(path)).toBe(false);
  const said = await writings(place);
  expect(said).toContain("[secret]");
  for (const secret of ["planted-token-17", "second-line-of-it", "planted-npm-44"]) expect(said).not.toContain(secret);
});

test("a job that was given none asks as it did", async () => {
  const job = await makeJob(await fakeMachine(), makeSpec({ registries: [] }));
  await writeLogins(job);
  expect(registriesEnvironment(job)).toEqual({});
});

test("a machine that was there before keeps its own, which are not ours to leave out", async () => {
  const machine = await fakeMachine();
  const own = { auths: { "quay.io": { auth: "b3duOm93bg==" } }, credHelpers: { "r.example.org": "pass" } };
  await machine.write("/root/.docker/config.json", JSON.stringify(own));
  const spec = makeSpec({ registries: [], ownMachine: false });
  const job = await makeJob(machine, spec);
  await writeFile(join(job.folder.path, "auth.json"), JSON.stringify(LOGINS));
  await writeLogins(job);
  const { REGISTRY_AUTH_FILE: file = "" } = registriesEnvironment(job);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ ...own, auths: { ...own.auths, ...LOGINS.auths } });
});

test("they are no part of what is asked for: another password is the same job", async () => {
  const folder = await makeFolder(makeSpec());
  const before = await folder.spec();
  await writeFile(join(folder.path, "auth.json"), JSON.stringify(LOGINS));
  expect(await folder.spec()).toEqual(before);
});
