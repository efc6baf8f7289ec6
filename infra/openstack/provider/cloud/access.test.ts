import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAccess, usualFolders } from "./access";

/** Folders with these files in them. */
function folders(...contents: readonly Readonly<Record<string, object | string>>[]): string[] {
  const root = mkdtempSync(join(tmpdir(), "clouds-"));
  return contents.map((files, index) => {
    const folder = join(root, String(index));
    mkdirSync(folder);
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    }
    return folder;
  });
}

const AUTH_URL = "https://keystone.test:5000/v3";
const password = {
  auth: {
    auth_url: AUTH_URL,
    username: "u",
    password: 123,
    project_name: "p",
    user_domain_name: "Default",
    project_domain_id: "default",
  },
};
const clouds = (entry: object) => ({ clouds: { farm: entry } });
const read = (files: readonly string[], env: Readonly<Record<string, string>> = {}, choice: object = {}) =>
  readAccess({ cloud: "farm", ...choice }, { env, folders: files });

describe("which file", () => {
  test("the first folder that has one, with the secrets of whichever folder has those", () => {
    const found = read(
      folders(
        {},
        { "clouds.yaml": clouds({ ...password, auth: { ...password.auth, password: undefined } }) },
        { "clouds.yaml": clouds({}), "secure.yaml": clouds({ auth: { password: "from secure" } }) },
      ),
    );
    expect(found.proof).toMatchObject({ method: "password", password: "from secure" });
    expect(found.from).toMatch(/1\/clouds\.yaml$/);
  });

  test("the one that OS_CLIENT_CONFIG_FILE names wins, and its absence is said", () => {
    const [named = "", usual = ""] = folders(
      { "mine.yaml": clouds({ ...password, region_name: "named" }) },
      { "clouds.yaml": clouds({ ...password, region_name: "usual" }) },
    );
    expect(read([usual], { OS_CLIENT_CONFIG_FILE: join(named, "mine.yaml") }).region).toBe("named");
    expect(() => read([usual], { OS_CLIENT_CONFIG_FILE: "/nowhere.yaml" })).toThrow("looked for /nowhere.yaml");
  });

  test("of secrets the one that OS_CLIENT_SECURE_FILE names wins, and its absence is said", () => {
    const [entry = "", secrets = ""] = folders(
      { "clouds.yaml": clouds(password), "secure.yaml": clouds({ auth: { password: "usual" } }) },
      { "mine.yaml": clouds({ auth: { password: "named" } }) },
    );
    expect(read([entry], { OS_CLIENT_SECURE_FILE: join(secrets, "mine.yaml") }).proof).toMatchObject({
      password: "named",
    });
    expect(() => read([entry], { OS_CLIENT_SECURE_FILE: "/nowhere.yaml" })).toThrow(
      "names /nowhere.yaml, which is not there",
    );
  });

  test("it is looked for in the user's usual folder too where XDG_CONFIG_HOME is another", () => {
    const found = usualFolders({ HOME: "/home/u", XDG_CONFIG_HOME: "/x" });
    expect(found.slice(-3)).toEqual(["/x/openstack", "/home/u/.config/openstack", "/etc/openstack"]);
    expect(usualFolders({ HOME: "/home/u" }).slice(-2)).toEqual(["/home/u/.config/openstack", "/etc/openstack"]);
  });

  test("none, none of that name, and one that can't be read are said with what to do, and without its secrets", () => {
    const [none = "", other = "", broken = ""] = folders(
      {},
      { "clouds.yaml": { clouds: { b: {}, a: {} } } },
      { "clouds.yaml": "clouds: {farm: {auth: {password: very-secret\n  x: [" },
    );
    expect(() => read([none])).toThrow(`looked for ${join(none, "clouds.yaml")}`);
    expect(() => read([other])).toThrow('has no cloud "farm"; it has: a, b');
    expect(() => read([broken])).toThrow(/can't be read as YAML \(line \d+\)/);
    expect(() => read([broken])).not.toThrow(/very-secret/);
  });

  test("a profile of clouds-public.yaml stands below the entry", () => {
    const profile = { "public-clouds": { vendor: { auth: { auth_url: AUTH_URL }, region_name: "theirs" } } };
    const { auth_url: _left, ...auth } = password.auth;
    const entry = { profile: "vendor", auth, region_name: "ours" };
    const found = read(folders({ "clouds.yaml": clouds(entry), "clouds-public.yaml": profile }));
    expect(found).toMatchObject({ authUrl: AUTH_URL, region: "ours" });
    expect(() => read(folders({ "clouds.yaml": clouds(entry) }))).toThrow(
      'profile "vendor" is in no clouds-public.yaml',
    );
  });
});

describe("who we are", () => {
  const entry = (fields: object) => read(folders({ "clouds.yaml": clouds(fields) }));

  test("by password, digits being a text too", () => {
    expect(entry(password)).toMatchObject({
      proof: { user: { name: "u", domain: { name: "Default" } }, password: "123" },
      project: { name: "p", domain: { id: "default" } },
    });
  });

  test("by application credential, by its id or by its name and user; its project is its own", () => {
    const auth = { auth_url: AUTH_URL, application_credential_secret: "s" };
    expect(
      entry({ auth_type: "v3applicationcredential", auth: { ...auth, application_credential_id: "i" } }),
    ).toMatchObject({
      proof: { method: "application_credential", credential: { id: "i" }, secret: "s" },
    });
    const named = { ...auth, application_credential_name: "n", username: "u", user_domain_id: "d" };
    expect(entry({ auth: named }).proof).toMatchObject({
      credential: { name: "n" },
      user: { name: "u", domain: { id: "d" } },
    });
  });

  test("by token, through an interface and with certificates that are not the usual ones", () => {
    const [folder = ""] = folders({ "ca.pem": "PEM" });
    const fields = { interface: "internalURL", verify: "false", cacert: join(folder, "ca.pem") };
    const found = entry({
      ...fields,
      auth_type: "v3token",
      auth: { auth_url: `${AUTH_URL}/`, token: "t", project_id: "p" },
    });
    expect(found).toMatchObject({ authUrl: AUTH_URL, proof: { method: "token", token: "t" }, face: "internal" });
    expect(found.tls).toEqual({ verify: false, ca: "PEM" });
    expect(() => entry({ ...password, cacert: "/nowhere.pem" })).toThrow("names the file /nowhere.pem");
  });

  test("by the variables OS_*, which are the cloud envvars", () => {
    const env = {
      ...{ OS_AUTH_URL: AUTH_URL, OS_USERNAME: "u", OS_PASSWORD: "w", OS_PROJECT_ID: "p", OS_USER_DOMAIN_NAME: "D" },
      ...{ OS_REGION_NAME: "r", OS_INSECURE: "true", OS_CLIENT_CONFIG_FILE: "/elsewhere" },
    };
    expect(read([], env, { cloud: "envvars" })).toMatchObject({
      region: "r",
      tls: { verify: false },
      project: { id: "p" },
    });
  });

  test("addresses that stand in for the catalog's, and insecure as a text", () => {
    const found = entry({
      ...{ ...password, insecure: "true", image_endpoint_override: "https://i.test/image/" },
      block_storage_endpoint_override: "https://v.test/v3",
    });
    expect(found.endpoints).toEqual({ image: "https://i.test/image", "block-storage": "https://v.test/v3" });
    expect(found.tls.verify).toBe(false);
    expect(() => entry({ ...password, image_endpoint_override: "i.test" })).toThrow(
      "clouds.farm.image_endpoint_override: is not an address",
    );
  });

  test("an application credential is of its own project: whether settings mean that one is seen by its token", () => {
    const auth = { auth_url: AUTH_URL, application_credential_id: "i", application_credential_secret: "s" };
    const found = read(folders({ "clouds.yaml": clouds({ auth }) }), {}, { project: "farm" });
    expect([found.project, found.wanted]).toEqual([undefined, "farm"]);
  });

  test("a name without its domain is named for every way to log in", () => {
    const auth = { auth_url: AUTH_URL, application_credential_secret: "s", application_credential_name: "n" };
    expect(() => entry({ auth: { ...auth, username: "u" } })).toThrow("clouds.farm.auth.user_domain_name: missing");
    expect(() => entry({ auth: { auth_url: AUTH_URL, token: "t", project_name: "p" } })).toThrow(
      "clouds.farm.auth.project_domain_name: missing",
    );
  });

  test("settings say another address, region or project", () => {
    const files = folders({ "clouds.yaml": clouds({ ...password, region_name: "a" }) });
    const found = read(files, {}, { authUrl: "https://other.test/v3", region: "b", project: "0".repeat(32) });
    expect(found).toMatchObject({ authUrl: "https://other.test/v3", region: "b", project: { id: "0".repeat(32) } });
  });

  test("every mistake is named at once, by its path", () => {
    const wrong = {
      auth_type: "v3oidcpassword",
      interface: "side",
      identity_api_version: 2,
      auth: { auth_url: "x", username: "u" },
    };
    const said = (): unknown => entry(wrong);
    for (const path of [
      "identity_api_version",
      "auth_type",
      "interface",
      "auth.auth_url",
      "auth.user_domain_name",
      "auth.password",
      "auth.project_name",
    ]) {
      expect(said).toThrow(`clouds.farm.${path}: `);
    }
    expect(() =>
      entry({ auth: { auth_url: AUTH_URL, application_credential_secret: "s", project_name: "p" } }),
    ).toThrow(/application_credential_id: missing[\s\S]*of one project already/);
  });
});
