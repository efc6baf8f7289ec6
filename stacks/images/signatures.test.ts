import { beforeEach, describe, expect, it } from "vitest";
import { signStatement } from "../../contract/record-signature";
import { publicText } from "../../contract/signing-keys";
import { commitRecord } from "../../contract/testing/commit-record";
import { testKey, type TestKey } from "../../contract/testing/signing-keys";
import { buildObjects, storedObjects } from "../../components/jobs";
import { PreflightError } from "../../components/preflight";
import { identity as source, ledgerAfter, NOW, settings } from "../../model/plan/fixtures";
import { plan, type LedgerEntry } from "../../model/plan";
import { fakeStore, type FakeStore } from "../../provider/fake-store";
import { signatureObject, statementOf } from "../../provider/signed-record";
import { refuseUnsigned } from "./promoted-signatures";
import { unsignedBuilds } from "./signatures";

const OWN = "abcdefgh2345";
const planned = plan({ settings: settings(), identity: source, ledger: [], now: NOW });
const { key, arch } = planned.builds[0]!;
const objects = buildObjects(OWN, key);
const signature = signatureObject(OWN, key);
const ours = testKey("a");
const another = testKey("b");
const store = { bucket: "b", region: "r" };

/** The fixtures' disks have their key as checksum. */
const disk = { sizeBytes: 10 * 2 ** 30, dataBytes: 2 ** 30, sha256: key };
const record = commitRecord({ key, arch, objects: storedObjects(objects) }, { disk });
let bucket: FakeStore;
beforeEach(() => {
  bucket = fakeStore({
    ...{ [objects.record]: JSON.stringify(record), [objects.disk]: "abc", [objects.packages]: "[1]" },
    ...{ [objects.sbom]: "{ }", [objects.provenance]: "{ }" },
  });
});

async function sign(by: TestKey = ours): Promise<string> {
  const bytes = Buffer.from(bucket.objects.get(objects.record) ?? "");
  const statement = await statementOf(bucket, objects.record, bytes);
  await bucket.put(signature, JSON.stringify(signStatement(statement, by.privateKey)));
  return statement.record.sha256;
}

const made = (recordSha256?: string): LedgerEntry[] =>
  ledgerAfter(planned).map((entry) => ({
    ...entry,
    disks: Object.fromEntries(
      Object.entries(entry.disks).map(([of, facts]) => [
        of,
        { ...facts, folder: OWN, ...(recordSha256 === undefined ? {} : { recordSha256 }) },
      ]),
    ),
  }));

const texts = (found: readonly { readonly problem: string; readonly remedy: string }[]): string[] =>
  found.map(({ problem, remedy }) => `${problem}; ${remedy}`);

describe("a stack that builds", () => {
  const signing = (trusted: readonly TestKey[]) => ({
    ...{ privateKey: ours.pem, keyId: "of no matter" },
    trusted: [ours, ...trusted].map(({ privateKey }) => publicText(privateKey)),
  });
  const look = async (ledger: LedgerEntry[], trusted: readonly TestKey[] = []): Promise<string[]> => {
    const args = { builds: planned.builds, stack: "devel", store, openStore: () => bucket };
    return texts(await unsignedBuilds({ ...args, made: ledger, signing: signing(trusted) }));
  };

  it("asks nobody where nothing is signed, nor of builds that are not done", async () => {
    const openStore = () => fakeStore({});
    const args = { builds: planned.builds, made: made(), stack: "devel", store, openStore };
    expect(await unsignedBuilds({ ...args, signing: undefined })).toEqual([]);
    expect(await look([])).toEqual([]);
  });

  it("takes what it has signed, and what it is to sign", async () => {
    expect(await look(made())).toEqual([]);
    expect(await look(made(await sign()))).toEqual([]);
  });

  it.each(["disk", "packages", "sbom", "provenance"] as const)(
    "refuses a build whose %s was changed",
    async (which) => {
      const ledger = made(await sign());
      bucket.objects.set(objects[which], "[3]");
      expect((await look(ledger)).join("\n")).toContain(
        `${objects[which]} was written again after its record was signed`,
      );
    },
  );

  it("takes what a key of before has signed as long as that is trusted, and says what to do when not", async () => {
    const ledger = made(await sign(another));
    expect(await look(ledger, [another])).toEqual([]);
    expect(await look(ledger)).toEqual([
      expect.stringMatching(/is by a key that is not trusted here .*; add the public key .* to signing\.trusted/),
    ]);
  });

  it("refuses a record that was changed before it was ever signed, by its disk", async () => {
    bucket.objects.set(objects.record, JSON.stringify({ ...record, disk: { ...disk, sha256: "f".repeat(64) } }));
    expect(await look(made())).toEqual([expect.stringMatching(/is of another disk than the generation was made from/)]);
    bucket.objects.set(objects.record, "{");
    expect(await look(made())).toEqual([expect.stringContaining("is not JSON")]);
  });

  it("refuses what was signed and is not so any more, naming the object and what to do", async () => {
    const ledger = made(await sign());
    bucket.objects.set(objects.record, `${JSON.stringify(record)} `);
    expect(await look(ledger)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${arch} \\(build ${key.slice(0, 8)}\\): ${objects.record} was changed after it was signed; find out who`,
        ),
      ),
    ]);
    // Whoever may write there may take the signature away too.
    bucket.objects.delete(signature);
    expect(await look(ledger)).toEqual([expect.stringContaining(`the signature ${signature} is gone from the store`)]);
    bucket.objects.delete(objects.record);
    expect(await look(ledger)).toEqual([
      expect.stringContaining(`its record ${objects.record} is gone from the store`),
    ]);
    bucket.objects.delete(objects.disk);
    expect(await look(ledger)).toEqual([]);
  });

  it("refuses one that it has signed for another generation of the key", async () => {
    await sign();
    expect(await look(made("0".repeat(64)))).toEqual([expect.stringContaining("was signed, but is not the one")]);
  });

  it("refuses a store that can't be read", async () => {
    bucket.getBytes = () => Promise.reject(new Error("no route"));
    expect(await look(made())).toEqual([expect.stringMatching(/can't look whether .* no route; let this run read/)]);
  });
});

describe("a stack that promotes", () => {
  const warned: string[] = [];
  const held = { identity: OWN, store };
  const promote = async (ledger: LedgerEntry[], more: object = {}): Promise<string> => {
    warned.length = 0;
    const [current, ...before] = ledger as [LedgerEntry, ...LedgerEntry[]];
    const args = { held, from: "devel", entries: [current, ...before] as const, openStore: () => bucket };
    const warn = (text: string) => Promise.resolve(void warned.push(text));
    const signing = { trusted: [ours.publicPem] };
    try {
      await refuseUnsigned({ ...args, entries: [current, ...before], warn, signing, ...more });
    } catch (error) {
      if (error instanceof PreflightError) return texts(error.findings).join("\n");
      throw error;
    }
    return "taken";
  };

  it("takes what one of its keys has signed", async () => {
    expect(await promote(made(await sign()))).toBe("taken");
    // A ledger of a run that did not sign says no checksum.
    expect(await promote(made())).toBe("taken");
  });

  it("takes all where it names no key", async () => {
    expect(await promote(made(), { signing: undefined })).toBe("taken");
  });

  it("refuses what is not signed, is by another key, or was changed", async () => {
    expect(await promote(made())).toMatch(/^g1 of devel, x86_64 .* is not signed; let the stack that builds sign it/);
    const ledger = made(await sign(another));
    expect(await promote(ledger)).toMatch(/^g1 of devel, x86_64 .* is by a key that is not trusted here/);
    await sign();
    bucket.objects.set(objects.disk, "abd");
    expect(await promote(ledger)).toContain(`${objects.disk} was written again after its record was signed`);
    bucket.objects.set(objects.disk, "abc");
    const text = bucket.objects.get(objects.record) ?? "";
    bucket.objects.set(objects.record, text.replace('"x86_64"', '"x86_65"'));
    expect(await promote(ledger)).toContain(`${objects.record} was changed after it was signed`);
    bucket.objects.delete(objects.record);
    expect(await promote(ledger)).toContain("is gone from the store");
  });

  it("refuses an image of which its generation names no disk", async () => {
    const [current] = made(await sign()) as [LedgerEntry];
    expect(await promote([{ ...current, disks: {} }])).toMatch(
      /^g1 of devel, x86_64 .* says nothing of its disk, so that no record/,
    );
  });

  it("refuses a signed record of another disk than its images were made from", async () => {
    bucket.objects.set(objects.record, JSON.stringify({ ...record, disk: { ...disk, sha256: "f".repeat(64) } }));
    await sign();
    expect(await promote(made())).toContain("is of another disk than the generation was made from");
  });

  it("only names what is wrong with a generation to go back to", async () => {
    const [current] = made(await sign()) as [LedgerEntry];
    const old = "9".repeat(64);
    const [image] = current.images;
    const facts = current.disks[key]!;
    const before = { ...current, id: "g0", images: [{ ...image!, key: old }], disks: { [old]: facts } };
    expect(await promote([current, before])).toBe("taken");
    expect(warned).toEqual([expect.stringMatching(/^signing: g0 of devel, x86_64 .* is gone from the store/)]);
  });

  it("refuses a stack of a version that signs nothing", async () => {
    expect(await promote(made(), { held: undefined })).toContain("set signing.key there");
  });
});
