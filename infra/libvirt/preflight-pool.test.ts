import { expect, test } from "vitest";
import { imagePoolFindings, type ImagePool } from "./preflight-pool";

const GB = 1e9;
const NEWEST = "copr-builder-x86_64-g12-0123abcd";

interface Pool {
  readonly xml: string;
  readonly volumes?: readonly string[];
}

function xml(type: string, free: number, source = ""): string {
  return `<pool type='${type}'>\n  <source>${source}</source>\n  <available unit='bytes'>${free}</available>\n</pool>`;
}

/** Hypervisors by their URI, whose images take 4 GB each. */
function virsh(pools: Readonly<Record<string, Pool>>) {
  return (_: string, [, uri = "", verb, ...words]: readonly string[]): Promise<string> => {
    const { xml, volumes = [] } = pools[uri]!;
    switch (verb) {
      case "pool-dumpxml":
        return Promise.resolve(xml);
      case "vol-list":
        return Promise.resolve([" Name  Path", "-----", ...volumes.map((name) => ` ${name}   /p/${name}`)].join("\n"));
      case "vol-info":
        return Promise.resolve(`Capacity:  9 bytes\nAllocation:     ${words.at(-1) === NEWEST ? 4 * GB : 1} bytes\n`);
      default:
        return Promise.reject(new Error(`${verb}?`));
    }
  };
}

const pool = (name: string): ImagePool => ({
  path: `hosts.${name}.pool`,
  uri: `qemu:///${name}`,
  pool: "images",
  arch: "x86_64",
});

test.each(["logical", "rbd", "zfs"])(
  "a pool of type %s is refused by name, with what to name instead",
  async (type) => {
    const [found, ...more] = await imagePoolFindings([pool("a")], 2, virsh({ "qemu:///a": { xml: xml(type, 0) } }));
    expect(found).toEqual({
      path: "hosts.a.pool",
      problem: `storage pool "images" is of type "${type}", which has no folder to write an image into`,
      remedy: `name a pool of type dir, fs or netfs: "virsh -c 'qemu:///a' pool-define-as NAME dir --target FOLDER"`,
    });
    expect(more).toEqual([]);
  },
);

test("room for one more image is needed, for all that are kept it is wished for", async () => {
  const older = "copr-builder-x86_64-g9-89abcdef";
  const others = ["copr-builder-ppc64le-g13-0123abcd", `${NEWEST}.partial.x.1`];
  const findings = async (free: number, volumes: readonly string[], kept = 2) =>
    (await imagePoolFindings([pool("a")], kept, virsh({ "qemu:///a": { xml: xml("dir", free), volumes } }))).map(
      ({ problem, note }) => ({ problem, note }),
    );
  const both = [NEWEST, older, ...others];
  expect(await findings(4 * GB, both)).toEqual([]);
  expect(await findings(4 * GB - 1, both)).toEqual([
    { problem: `storage pool "images" has 4.0 GB free; an image takes 4.0 GB, as ${NEWEST} does`, note: undefined },
  ]);
  expect(await findings(7 * GB, [NEWEST])).toEqual([
    {
      problem: `storage pool "images" has 7.0 GB free; an image takes 4.0 GB, as ${NEWEST} does, and 2 more are made before one goes (keepGenerations: 2)`,
      note: true,
    },
  ]);
  // What the first one takes, nobody knows.
  expect(await findings(1, others)).toEqual([]);
});

test("of hypervisors with one folder of the network only the first makes volumes", async () => {
  const source = "<host name='nas'/><dir path='/srv/images'/>";
  const pools = {
    "qemu:///a": { xml: xml("netfs", GB, source) },
    "qemu:///b": { xml: xml("netfs", GB, source) },
    "qemu:///c": { xml: xml("netfs", GB, "<host name='nas'/><dir path='/srv/others'/>") },
  };
  const found = await imagePoolFindings(["a", "b", "c"].map(pool), 2, virsh(pools));
  expect(found.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
    'hosts.b.pool: storage pool "images" is the folder nas:/srv/images, which hosts.a.pool is too: each would make and delete the same volume',
  ]);
});
