/** Texts on their way into XML and YAML: the parsers that will read them give them back, and nothing else. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { ansibleFile } from "../../cli/images/ansible";
import { parseCommand } from "../../cli/images/command";
import { resallocArguments } from "../../cli/images/resalloc";
import { prod } from "../../cli/outputs/testing/farm";
import { cloudConfig } from "../../infra/cloud-config";
import { domainXslt } from "../../infra/libvirt/domain-xml";
import { parseReference } from "../../model/source";
import { changeSetting, notedSetting, writeSettings } from "../../provider/ephemeral-stack/settings-file";
import { hold } from "./cases";
import { hostileText, NO_ARGUMENT } from "./texts";

const batchOf = <T>(one: fc.Arbitrary<T>, size: number) => fc.array(one, { minLength: size, maxLength: size });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostile-documents-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What Ansible and cloud-init read YAML with. */
function pyYaml(texts: readonly string[]): unknown[] {
  const program = "import json, sys, yaml; print(json.dumps([yaml.safe_load(one) for one in json.load(sys.stdin)]))";
  const input = JSON.stringify(texts);
  return JSON.parse(execFileSync("/usr/bin/python3", ["-c", program], { input, encoding: "utf8" })) as unknown[];
}

test("serial numbers of disks, by libxml2", async () => {
  // XML 1.0 has no other control characters, and no halves of a character.
  const serial = hostileText({ without: /[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/u });
  await hold(
    "libvirt's XML",
    batchOf(serial, 50),
    (serials) => {
      // Blanks alone are nothing to XSLT.
      const devices = serials.map((text, at) => ({ device: `vd${at}`, serial: `x${text}` }));
      const stylesheet = join(folder, "x.xsl");
      writeFileSync(stylesheet, domainXslt({ arch: "x86_64", type: "kvm", serials: devices }));
      const disks = devices.map(({ device }) => `<disk device="cdrom"><target dev="${device}"/></disk>`).join("");
      const input = `<domain><devices>${disks}</devices></domain>`;
      const made = execFileSync("xsltproc", [stylesheet, "-"], { input, encoding: "utf8" });
      // Read back by the same parser, as JSON has it: one element a disk.
      const found = execFileSync("/usr/bin/python3", ["-c", READ_SERIALS], { input: made, encoding: "utf8" });
      expect(JSON.parse(found)).toEqual(devices.map(({ serial: text }) => text));
    },
    50,
  );
});

const READ_SERIALS =
  "import json, sys, xml.etree.ElementTree as e; print(json.dumps([d.findtext('serial') for d in e.parse(sys.stdin).iter('disk')]))";

test("keys of a machine, by what cloud-init reads", async () => {
  // The keys are our own: of controls they have the end of a line alone.
  const text = hostileText({ without: /(?!\n)\p{Cc}|[\ufffe\uffff]|\p{Cs}/u });
  const args = fc.record({
    ...{ authorizedKey: text, hostPrivateKey: text, hostPublicKey: text },
    powerOffAfterMinutes: fc.integer({ min: 1, max: 10_000 }),
  });
  await hold(
    "cloud-config",
    batchOf(args, 50),
    (all) => {
      const read = pyYaml(all.map(cloudConfig)) as {
        users: { ssh_authorized_keys: string[] }[];
        ssh_keys: Record<string, string>;
        disable_root: boolean;
      }[];
      expect(read.map(({ users, ssh_keys: keys }) => [users[0]?.ssh_authorized_keys, keys])).toEqual(
        all.map(({ authorizedKey, hostPrivateKey, hostPublicKey }) => [
          [authorizedKey],
          { ed25519_private: hostPrivateKey, ed25519_public: hostPublicKey },
        ]),
      );
      expect(read.map((one) => Object.keys(one))).toEqual(all.map(() => KEYS));
    },
    50,
  );
});

const KEYS = ["disable_root", "users", "ssh_deletekeys", "ssh_genkeytypes", "ssh_keys", "ssh", "bootcmd"];

test("ids of images and what is said of them, by what Ansible reads", async () => {
  const text = hostileText({ least: 1, without: /[\ud800-\udfff]/u }).filter((one) => one !== "");
  const [current, previous] = prod.generations;
  if (current === undefined || previous === undefined) throw new Error("the farm has two generations");
  const { identity: made } = current;
  const given = fc.tuple(text, text, text, text);
  await hold(
    "Ansible's variables",
    batchOf(given, 30),
    (all) => {
      const files = all.map(([id, before, name, stack]) =>
        ansibleFile(
          {
            ...prod,
            images: { aws: { x86_64: id }, [name]: id },
            previousImages: { aws: { x86_64: before }, [`${name}+`]: before },
            promotedFrom: stack,
            generations: [{ ...current, id: before, builtAt: name, identity: foreign(name, stack) }, previous],
          },
          parseCommand([`--stack=${stack}`]),
        ),
      );
      expect(pyYaml(files)).toEqual(
        all.map(([id, , name]) => ({ copr_builder_images: { aws: { x86_64: id }, [name]: id } })),
      );
      expect(files.map((file) => parse(file, { version: "1.1" }) as unknown)).toEqual(pyYaml(files));
    },
    30,
  );

  function foreign(name: string, stack: string): typeof made {
    const source = { kind: "context", context: name, hash: stack, containerfile: name, buildArgs: {} } as const;
    return { ...made, source, from: { [stack]: name } };
  }
});

test("resalloc's lines are one an image, whatever it is called", async () => {
  const [current] = prod.generations;
  if (current === undefined) throw new Error("the farm has a generation");
  const lines = resallocArguments(prod, parseCommand(["--stack", "prod"])).split("\n").length;
  await hold("resalloc's arguments", fc.tuple(hostileText(), hostileText()), ([id, stack]) => {
    const command = parseCommand([`--stack=s${stack}`, "--as", "resalloc"]);
    const text = resallocArguments({ ...prod, generations: [{ ...current, id }] }, command);
    expect(text.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(lines);
    expect(text.startsWith("# generation ")).toBe(true);
  });
});

test("settings of inner stacks, changed too", async () => {
  const file = join(folder, "Pulumi.x.yaml");
  const key = hostileText({ without: /\p{Cs}/u }).map((text) => `project:${text}`);
  const value = fc.oneof(hostileText({ without: /\p{Cs}/u }), fc.json({ maxDepth: 2 }).map(parsed));
  await hold(
    "settings of inner stacks",
    fc.tuple(fc.dictionary(key, value, { maxKeys: 3 }), key, value),
    ([config, name, more]) => {
      const salt = { encryptionsalt: "v1:x" };
      writeSettings(file, salt, config);
      changeSetting(file, name, more);
      expect(notedSetting(file, name)).toEqual(more);
      for (const [one, given] of Object.entries(config))
        if (one !== name) expect(notedSetting(file, one)).toEqual(given);
    },
  );
});

/** Without -0 and without halves of characters, which a file in UTF-8 can't have. */
function parsed(text: string): unknown {
  return JSON.parse(Buffer.from(JSON.stringify(JSON.parse(text))).toString());
}

test("references of images lead to their own registry, and to nothing but the image", async () => {
  const part = fc.oneof(fc.stringMatching(/^[a-z0-9._-]{1,6}$/), hostileText({ most: 2 }));
  const reference = fc
    .tuple(part, part, part, part)
    .map(([host, name, more, tag]) => `${host}.example/${name}/${more}:${tag}`);
  await hold("image references", fc.oneof(reference, hostileText()), (text) => {
    let read: ReturnType<typeof parseReference>;
    try {
      read = parseReference(text);
    } catch (error) {
      expect(String(error)).toMatch(/^UserError: image "|^Error: image "/);
      return;
    }
    const { registry, repository, tag } = read;
    const url = new URL(`https://${registry}/v2/${repository}/manifests/${tag}`);
    expect(url.host).toBe(registry.toLowerCase());
    expect(url.pathname).toBe(`/v2/${repository}/manifests/${tag}`);
    expect([url.search, url.hash, url.username]).toEqual(["", "", ""]);
    expect(text).not.toMatch(NO_ARGUMENT);
  });
});
