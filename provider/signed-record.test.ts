import { describe, expect, it } from "vitest";
import { signStatement } from "../contract/record-signature";
import { commitRecord } from "../contract/testing/commit-record";
import { testKey } from "../contract/testing/signing-keys";
import { type FakeStore, fakeStore } from "./fake-store";
import { lookAtSigned, signatureObject, type SignedState, statementOf } from "./signed-record";

const KEY = "0123456789abcdef".repeat(4);
const names = { record: `builds/me/${KEY}.json`, signature: signatureObject("me", KEY) };
const objects = { "raw.zst": "disks/me/k", "packages.json": "packages/me/k" };
const key = testKey("a");
const record = commitRecord({ key: KEY, arch: "x86_64", objects });

async function signed(by = key): Promise<FakeStore> {
  const text = JSON.stringify(record);
  const store = fakeStore({ [names.record]: text, "disks/me/k": "abc", "packages/me/k": "[1]" });
  const statement = await statementOf(store, names.record, Buffer.from(text));
  await store.put(names.signature, JSON.stringify(signStatement(statement, by.privateKey)));
  return store;
}

const look = (store: FakeStore, by = key): Promise<SignedState> => lookAtSigned(store, names, [by.publicKey]);

/** @returns `OBJECT WHY` */
async function refusal(store: FakeStore, by = key): Promise<string> {
  const state = await look(store, by);
  return state.kind === "refused" ? `${state.object} ${state.why}` : state.kind;
}

describe("a signed record", () => {
  it("lies beside its record, and says which key it was", async () => {
    expect(names.signature).toBe(`signatures/me/${KEY}.json`);
    expect(await look(await signed())).toMatchObject({ kind: "signed", record });
  });

  it("of which any byte was changed, added or taken away is refused", async () => {
    const store = await signed();
    const text = store.objects.get(names.record) ?? "";
    const all = [...Array(text.length).keys()].map((at) => {
      const other = text[at] === "0" ? "1" : "0";
      return text.slice(0, at) + other + text.slice(at + 1);
    });
    for (const changed of [...all, `${text}\n`, ` ${text}`, text.slice(0, -1), ""]) {
      store.objects.set(names.record, changed);
      expect(await refusal(store)).toBe(`${names.record} was changed after it was signed`);
    }
  });

  it.each([
    ["disks/me/k", "abd", "was written again after its record was signed"],
    ["packages/me/k", "[2]", "was written again after its record was signed"],
    ["disks/me/k", "abcd", "has 4 bytes, and 3 when its record was signed"],
  ])("whose object %s is %s by now is refused", async (object, content, why) => {
    const store = await signed();
    store.objects.set(object, content);
    expect(await refusal(store)).toBe(`${object} ${why}`);
  });

  it("whose disk is gone is signed all the same: nothing is made of it", async () => {
    const store = await signed();
    store.objects.delete("disks/me/k");
    expect(await look(store)).toMatchObject({ kind: "signed" });
  });

  it("by another key, with another's signature, unsigned, or gone", async () => {
    const store = await signed(testKey("b"));
    expect(await refusal(store)).toMatch(/^signatures\/me\/\w+\.json is by a key that is not trusted here/);
    const statement = await statementOf(store, names.record, Buffer.from(store.objects.get(names.record) ?? ""));
    const others = { ...statement, record: { ...statement.record, object: "builds/me/other.json" } };
    await store.put(names.signature, JSON.stringify(signStatement(others, key.privateKey)));
    expect(await refusal(store)).toMatch(/ signs another record, builds\/me\/other\.json$/);
    store.objects.delete(names.signature);
    expect(await refusal(store)).toBe("unsigned");
    store.objects.delete(names.record);
    expect(await refusal(store)).toBe("missing");
  });
});

describe("what is signed", () => {
  it.each([
    ["", "disks/me/k, which builds/me/r.json names, is not in the store"],
    ["abcd", "disks/me/k has 4 bytes, and builds/me/r.json says 3"],
  ])("is no record whose disk is %j", async (disk, why) => {
    const store = fakeStore({ "packages/me/k": "[1]", ...(disk === "" ? {} : { "disks/me/k": disk }) });
    const bytes = Buffer.from(JSON.stringify(record));
    await expect(statementOf(store, "builds/me/r.json", bytes)).rejects.toThrow(why);
  });
});
