/** Entries of clouds.yaml and catalogs of Keystone as other clouds have them: each is read as openstacksdk reads it, or refused in words. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CloudChoice, readAccess } from "./access";
import { endpointOf, type Service } from "./catalog";
import { readToken } from "./token";

const PASSWORD =
  "auth: {auth_url: https://k.test/v3, username: u, password: w, project_name: p, user_domain_name: D, project_domain_name: D}";
const CREDENTIAL =
  "auth: {auth_url: https://k.test/v3, application_credential_id: i, application_credential_secret: s}";
const DIGITS = "12345678901234567890123456789012";

const read = (files: Readonly<Record<string, string>>, choice: Partial<CloudChoice> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), "clouds-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return readAccess({ cloud: "farm", ...choice }, { env: {}, folders: [folder] });
};
const entry = (...lines: readonly string[]): string =>
  ["clouds:", "  farm:", ...lines.map((line) => `    ${line}`), ""].join("\n");
const auth = (...fields: readonly string[]): string => `auth: {auth_url: https://k.test/v3, ${fields.join(", ")}}`;
const USER = ["username: u", "user_domain_id: d", "password: w"];

describe("an entry of clouds.yaml", () => {
  test.each<readonly [string, readonly string[], object]>([
    ["v3password", ["auth_type: v3password", PASSWORD], { proof: { method: "password", user: { name: "u" } } }],
    ["v3applicationcredential", ["auth_type: v3applicationcredential", CREDENTIAL], { proof: { secret: "s" } }],
    ["a credential without auth_type", [CREDENTIAL], { proof: { method: "application_credential" } }],
    ["v3token", ["auth_type: v3token", auth("token: t", "project_id: p")], { proof: { method: "token", token: "t" } }],
    [
      "an older name of auth_type",
      ["auth_plugin: v3token", auth("token: t", "project_id: p")],
      { proof: { token: "t" } },
    ],
    ["an older name of token", [auth("auth_token: t", "project_id: p")], { proof: { method: "token", token: "t" } }],
    ["a project beside auth", [auth(...USER), "project_id: p"], { project: { id: "p" } }],
    ["a tenant", [auth(...USER, "tenant_id: p")], { project: { id: "p" } }],
    ["a tenant beside auth", [auth(...USER), "tenant_id: p"], { project: { id: "p" } }],
    [
      "everything beside auth",
      ["auth_url: https://k.test/v3", ...USER, "project_id: p"],
      { authUrl: "https://k.test/v3", proof: { password: "w" } },
    ],
    ["auth before what is beside it", [auth(...USER, "project_id: p"), "project_id: q"], { project: { id: "p" } }],
    [
      "dashes in names",
      [auth("username: u", "user-domain-id: d", "password: w", "project-id: p"), "region-name: r"],
      { region: "r", project: { id: "p" } },
    ],
    [
      "an older name of the user",
      [auth("user_name: u", "user_domain_id: d", "password: w", "project_id: p")],
      { proof: { user: { name: "u" } } },
    ],
    [
      "default_domain",
      [auth("username: u", "password: w", "project_name: p", "default_domain: d")],
      { project: { domain: { id: "d" } } },
    ],
    [
      "domains beside auth",
      [auth("username: u", "password: w", "project_name: p"), "user_domain_id: a", "project_domain_id: b"],
      { proof: { user: { domain: { id: "a" } } }, project: { domain: { id: "b" } } },
    ],
    ["an id of digits alone", [auth(...USER, `project_id: ${DIGITS}`)], { project: { id: DIGITS } }],
    ["an id that begins with zeros", [auth(...USER, "project_id: 00123")], { project: { id: "00123" } }],
    [
      "a password like a number",
      [auth("username: u", "user_domain_id: d", "password: 1e5", "project_id: p")],
      { proof: { password: "1e5" } },
    ],
    [
      "a password like a truth",
      [auth("username: u", "user_domain_id: d", "password: true", "project_id: p")],
      { proof: { password: "true" } },
    ],
    ["a field that says nothing", [PASSWORD, "region_name:", "cacert: ~"], { files: {} }],
    ["verify: false", [PASSWORD, "verify: false"], { tls: { verify: false } }],
    ["verify: no", [PASSWORD, "verify: no"], { tls: { verify: false } }],
    ['verify: "False"', [PASSWORD, 'verify: "False"'], { tls: { verify: false } }],
    ["insecure", [PASSWORD, "insecure: True"], { tls: { verify: false } }],
    ["interface", [PASSWORD, "interface: internal"], { face: "internal" }],
    ["endpoint_type", [PASSWORD, "endpoint_type: adminURL"], { face: "admin" }],
    ["version 3 as a number", [PASSWORD, "identity_api_version: 3"], {}],
    ["version 3 as v3", [PASSWORD, "identity_api_version: v3"], {}],
    ["version 3.0", [PASSWORD, "identity_api_version: 3.0"], {}],
    ["a list of regions: the first", [PASSWORD, "regions: [r1, r2]"], { region: "r1" }],
    ["a region of the list that is named", [PASSWORD, "regions: [r1, r2]", "region_name: r2"], { region: "r2" }],
    [
      "a region with values of its own",
      [PASSWORD, "regions: [{name: r1, values: {interface: internal, auth: {project_name: q}}}, r2]"],
      { region: "r1", face: "internal", project: { name: "q" } },
    ],
    [
      "fields for other programs",
      [
        PASSWORD,
        "floating_ip_source: neutron",
        "networks: [{name: n, nat_source: true}]",
        "volume_api_version: 3",
        "image_api_use_tasks: false",
      ],
      {},
    ],
    [
      "a slash after the address",
      ["auth: {auth_url: https://k.test/v3/, application_credential_id: i, application_credential_secret: s}"],
      { authUrl: "https://k.test/v3" },
    ],
    [
      "an application credential with its project's id",
      [auth("application_credential_id: i", "application_credential_secret: s", "project_id: p")],
      { proof: { credential: { id: "i" } } },
    ],
    [
      "an interface of the image service alone",
      [PASSWORD, "image_interface: internal"],
      { face: "public", services: { image: { face: "internal" } } },
    ],
    [
      "a region of a service alone",
      [PASSWORD, "region_name: r", "compute_region_name: c"],
      { region: "r", services: { compute: { region: "c" } } },
    ],
  ])("%s", (_what, lines, expected) => {
    expect(read({ "clouds.yaml": entry(...lines) })).toMatchObject(expected);
  });

  test.each<readonly [string, readonly string[], RegExp]>([
    [
      "a federated way to log in",
      ["auth_type: v3oidcpassword", PASSWORD],
      /auth_type: v3oidcpassword is not served here; use password, v3applicationcredential or v3token/,
    ],
    [
      "an older name of auth_type, of one",
      ["auth_plugin: v3oidcpassword", PASSWORD],
      /auth_type: v3oidcpassword is not served/,
    ],
    ["several factors", ["auth_type: v3multifactor", PASSWORD], /v3multifactor is not served here/],
    ["a ticket of Kerberos", ["auth_type: v3kerberos", PASSWORD], /v3kerberos is not served here/],
    [
      "version 2",
      ["auth_type: v2password", "identity_api_version: 2", PASSWORD],
      /identity_api_version: 2 is not served.*auth_type: v2password/s,
    ],
    ["the whole system instead of a project", [auth(...USER, "system_scope: all")], /auth\.project_name: missing/],
    ["a domain instead of a project", [auth(...USER, "domain_name: D")], /auth\.project_name: missing/],
    ["a trust", [auth(...USER, "trust_id: t")], /auth\.trust_id: .*not served here; /],
    ["a region that is not in its list", [PASSWORD, "regions: [r1, r2]", "region_name: r3"], /region "r3".*r1, r2/],
    [
      "a profile of a file that is not there",
      ["profile: vexxhost", CREDENTIAL.replace("auth_url: https://k.test/v3, ", "")],
      /profile "vexxhost" is in no clouds-public\.yaml/,
    ],
    ["verify that is neither", [PASSWORD, "verify: perhaps"], /verify: must be true or false/],
    ["no auth", ["region_name: r"], /auth\.auth_url: missing/],
    ["nothing at all", [], /has no cloud "farm"/],
  ])("%s is refused, with words", (_what, lines, expected) => {
    expect(() => read({ "clouds.yaml": entry(...lines) })).toThrow(expected);
  });

  test("with YAML's merge keys", () => {
    const text = `base: &base\n  region_name: r\n${entry("<<: *base", PASSWORD)}`;
    expect(read({ "clouds.yaml": text }).region).toBe("r");
  });

  test.each(["", "# nothing yet\n", "clouds:\n"])("with a secure.yaml that says nothing (%j)", (secure) => {
    expect(read({ "clouds.yaml": entry(PASSWORD), "secure.yaml": secure }).cloud).toBe("farm");
  });

  test("as JSON, and as .yml", () => {
    const json = JSON.stringify({
      clouds: {
        farm: {
          auth: { auth_url: "https://k.test", application_credential_id: "i", application_credential_secret: "s" },
          verify: false,
        },
      },
    });
    expect(read({ "clouds.json": json }).tls.verify).toBe(false);
    expect(read({ "clouds.yml": entry(CREDENTIAL) }).authUrl).toBe("https://k.test/v3");
  });

  test("a region that settings want is one of its list", () => {
    const files = { "clouds.yaml": entry(PASSWORD, "regions: [r1, {name: r2, values: {interface: admin}}]") };
    expect(read(files, { region: "r2" })).toMatchObject({ region: "r2", face: "admin" });
    expect(() => read(files, { region: "r9" })).toThrow(/region "r9".*r1, r2/);
  });
});

describe("a catalog", () => {
  const at = (url: unknown, more: object = {}) => ({ interface: "public", region_id: "r", region: "r", url, ...more });
  const token = (catalog: unknown) =>
    readToken(
      "secret",
      JSON.stringify({
        token: {
          expires_at: "2126-01-01T00:00:00.000000Z",
          user: { id: "u", name: "u" },
          project: { id: "p", name: "farm" },
          catalog,
        },
      }),
    );
  const of = (service: Service, catalog: unknown, more: object = {}) =>
    endpointOf(service, token(catalog), { cloud: "c", from: "f", region: "r", face: "public", ...more });

  test.each<readonly [string, Service, unknown, string]>([
    [
      "compute with a version",
      "compute",
      [{ type: "compute", endpoints: [at("https://n.test/v2.1")] }],
      "https://n.test/v2.1",
    ],
    [
      "compute with a version and the project",
      "compute",
      [{ type: "compute", endpoints: [at("https://n.test/v2.1/p")] }],
      "https://n.test/v2.1/p",
    ],
    [
      "compute without a version",
      "compute",
      [{ type: "compute", endpoints: [at("https://n.test:8774/")] }],
      "https://n.test:8774/v2.1",
    ],
    [
      "compute without a version, below a path",
      "compute",
      [{ type: "compute", endpoints: [at("https://n.test/compute")] }],
      "https://n.test/compute/v2.1",
    ],
    [
      "volumes without a version",
      "volume",
      [{ type: "block-storage", endpoints: [at("https://v.test/volume")] }],
      "https://v.test/volume/v3/p",
    ],
    [
      "volumes with a version and the project",
      "volume",
      [{ type: "volumev3", endpoints: [at("https://v.test/v3/p")] }],
      "https://v.test/v3/p",
    ],
    [
      "volumes under another of their names",
      "volume",
      [{ type: "block-store", endpoints: [at("https://v.test/v3/p")] }],
      "https://v.test/v3/p",
    ],
    [
      "a service that is listed twice, here in the second",
      "image",
      [
        { type: "image", endpoints: [at("https://far.test", { region: "q", region_id: "q" })] },
        { type: "image", endpoints: [at("https://near.test")] },
      ],
      "https://near.test",
    ],
    [
      "an endpoint without an address",
      "image",
      [
        { type: "compute", endpoints: [at(null)] },
        { type: "image", endpoints: [at("https://i.test")] },
      ],
      "https://i.test",
    ],
    [
      "an endpoint without a region",
      "network",
      [
        {
          type: "network",
          endpoints: [
            at("https://x.test", { region: null, region_id: null, interface: "admin" }),
            at("https://n.test"),
          ],
        },
      ],
      "https://n.test",
    ],
    [
      "interfaces as Keystone's version 2 called them",
      "image",
      [{ type: "image", endpoints: [at("https://i.test", { interface: "publicURL" })] }],
      "https://i.test",
    ],
    [
      "a service without endpoints beside one with",
      "image",
      [
        { type: "image", endpoints: [] },
        { type: "image", endpoints: [at("https://i.test")] },
      ],
      "https://i.test",
    ],
    [
      "a service without a list",
      "image",
      [{ type: "key-manager" }, { type: "image", endpoints: [at("https://i.test")] }],
      "https://i.test",
    ],
  ])("%s", (_what, service, catalog, url) => {
    expect(of(service, catalog)).toBe(url);
  });

  test("a service may have another interface or region than the rest", () => {
    const endpoints = [at("https://public.test"), at("https://inside.test", { interface: "internal", region_id: "s" })];
    const services = { image: { face: "internal", region: "s" } };
    expect(of("image", [{ type: "image", endpoints }], { services })).toBe("https://inside.test");
  });
});
