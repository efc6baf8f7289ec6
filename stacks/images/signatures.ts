/** Which records in the store are not as they were signed: asked in previews too, before anything is made of them. */
import { messageOf } from "../../contract/message-of";
import { sha256Of } from "../../contract/record-signature";
import { readCommitRecord } from "../../contract/schemas/commit-record";
import { keyId, privateKeyOf, publicKeyOf, publicText } from "../../contract/signing-keys";
import { buildObjects } from "../../components/jobs";
import type { BuildSigning } from "../../components/build-signing";
import { known } from "../../components/known";
import type { Finding } from "../../infra/platform";
import type { DiskFacts, LedgerEntry } from "../../model/plan";
import { SettingsError, signingKey, type BuildSettings } from "../../model/settings";
import type { Store } from "../../provider";
import { openStore as openRealStore, type ObjectStore, type OpenStore } from "../../provider/object-store";
import { lookAtSigned, signatureObject, type SignedNames, type SignedState } from "../../provider/signed-record";
import { folderOf } from "./look";

/** What this stack signs with; undefined where it signs nothing. @throws SettingsError if the key is none */
export async function ownSigning({ signing }: Pick<BuildSettings, "signing">): Promise<BuildSigning | undefined> {
  if (signing === undefined) return undefined;
  const privateKey = signingKey();
  const own = await known(privateKey.apply(readKey));
  if (own === undefined || "problem" in own)
    throw new SettingsError([`signing.key: ${own?.problem ?? "is not known"}`]);
  return { privateKey, keyId: own.id, trusted: [own.publicKey, ...signing.trusted] };
}

function readKey(text: string): { readonly id: string; readonly publicKey: string } | { readonly problem: string } {
  try {
    const key = privateKeyOf(text);
    return { id: keyId(key), publicKey: publicText(key) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** Builds that are done, and whom to ask. */
export interface SignedBuilds {
  readonly builds: readonly { readonly key: string; readonly arch: string }[];
  /** Every generation that was made: what it says of a disk is what was checked. */
  readonly made: readonly LedgerEntry[];
  /** Name of the stack that has built them. */
  readonly stack: string;
  readonly store: Store;
  readonly openStore?: OpenStore;
}

/** Of a stack that builds: records of disks that are done and that it has signed, or is to sign in this run. */
export async function unsignedBuilds(
  args: SignedBuilds & { readonly signing: BuildSigning | undefined },
): Promise<Finding[]> {
  return args.signing === undefined ? [] : refusedBuilds({ ...args, trusted: args.signing.trusted, signs: true });
}

export interface RefusedArgs extends SignedBuilds {
  /** Public keys. */
  readonly trusted: readonly string[];
  /** What was never signed is signed in this run. @default it is refused */
  readonly signs?: boolean;
}

/** One finding for each build whose record, signature or disk is not as one of the keys has signed it. */
export async function refusedBuilds(args: RefusedArgs): Promise<Finding[]> {
  const { builds, made, stack, store, openStore = openRealStore } = args;
  const opened = openStore(store);
  const found = builds.map(async ({ key, arch }): Promise<Finding[]> => {
    const folder = folderOf(made, key, stack);
    const facts = made.map(({ disks }) => disks[key]).find((one) => one !== undefined);
    const of = `${arch} (build ${key.slice(0, 8)})`;
    if (folder === undefined || facts === undefined) return args.signs === true ? [] : [unknownDisk(of)];
    const names = { record: buildObjects(folder, key).record, signature: signatureObject(folder, key) };
    const problem = await problemOf({ ...args, key, arch, facts, names, opened, disk: buildObjects(folder, key).disk });
    if (problem === undefined) return [];
    return [{ path: "signing", problem: `${of}: ${problem.what}`, remedy: problem.remedy }];
  });
  return (await Promise.all(found)).flat();
}

/** Where this stack signs, its record is made in this run, or looked at by whoever would make it; elsewhere it can't be told. */
function unknownDisk(of: string): Finding {
  return {
    path: "signing",
    problem: `${of}: its generation says nothing of its disk, so that no record can be held against it`,
    remedy:
      'find out who writes into the state of the stack that builds and run "pulumi up" there, or take another generation',
  };
}

interface OneBuild extends RefusedArgs {
  readonly key: string;
  readonly arch: string;
  readonly facts: DiskFacts;
  readonly names: SignedNames;
  readonly disk: string;
  readonly opened: ObjectStore;
}

interface Problem {
  readonly what: string;
  readonly remedy: string;
}

const PUT_BACK =
  "find out who writes into the store, and put back what was there (of a bucket with versions the one before)";
/** Where what was there can't be put back. */
const takeOut = ({ names: { record, signature }, disk }: OneBuild): string =>
  `or delete ${record}, ${signature} and ${disk}, without which its images stand as they are`;
const SIGN_ANEW =
  'or, if it is right as it is, take signing out of the settings of the stack that builds, run "pulumi up", put it back and run that again';

async function problemOf(build: OneBuild): Promise<Problem | undefined> {
  const { names, trusted, opened } = build;
  let state: SignedState;
  try {
    state = await lookAtSigned(opened, names, trusted.map(publicKeyOf));
  } catch (error) {
    return {
      what: `can't look whether its record is signed: ${messageOf(error)}`,
      remedy: "let this run read the store",
    };
  }
  switch (state.kind) {
    case "signed":
      return recordProblem(build, state.record, state.statement.record.sha256);
    case "refused":
      return { what: `${state.object} ${state.why}`, remedy: remedyOf(build, state.object) };
    case "missing":
      return missingProblem(build);
    case "unsigned":
      return unsignedProblem(build, state.bytes);
  }
}

/** A key that is not trusted any more, or not yet, is no fault of the store's. */
function remedyOf(build: OneBuild, object: string): string {
  const { names, signs } = build;
  if (signs !== true && object !== names.signature) return `${PUT_BACK}, or take another generation`;
  if (object !== names.signature) return `${PUT_BACK}; ${takeOut(build)}; ${SIGN_ANEW}`;
  return `add the public key that has signed it to signing.trusted if that is right; else ${PUT_BACK}, ${SIGN_ANEW}`;
}

/** Nothing can be made of a record that is gone together with its disk. */
async function missingProblem(build: OneBuild): Promise<Problem | undefined> {
  const { opened, disk, names, signs } = build;
  if (signs === true && (await opened.head(disk)) === undefined) return undefined;
  const remedy = signs === true ? `${PUT_BACK}; ${takeOut(build)}` : `${PUT_BACK}, or take another generation`;
  return { what: `its record ${names.record} is gone from the store`, remedy };
}

function unsignedProblem(build: OneBuild, bytes: Uint8Array): Problem | undefined {
  const { names, facts, signs } = build;
  if (signs !== true) {
    return {
      what: `its record ${names.record} is not signed`,
      remedy:
        'let the stack that builds sign it: set signing.key there and run "pulumi up", which builds nothing for it',
    };
  }
  if (facts.recordSha256 !== undefined) {
    return { what: `the signature ${names.signature} is gone from the store`, remedy: `${PUT_BACK}; ${SIGN_ANEW}` };
  }
  let record: unknown;
  try {
    record = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return { what: `its record ${names.record} is not JSON`, remedy: PUT_BACK };
  }
  return recordProblem(build, record, sha256Of(bytes));
}

/** The record against what the ledger says of the disk: another one that was signed once is not this one. */
function recordProblem({ key, arch, facts, names }: OneBuild, value: unknown, sha256: string): Problem | undefined {
  const other = (why: string): Problem => ({
    what: `its record ${names.record} ${why}`,
    remedy: PUT_BACK,
  });
  if (facts.recordSha256 !== undefined && facts.recordSha256 !== sha256)
    return other("was signed, but is not the one that the generation was made from");
  try {
    const { disk } = readCommitRecord(value, { key, arch });
    return disk.sha256 === facts.sha256 ? undefined : other("is of another disk than the generation was made from");
  } catch (error) {
    return other(`can't be used: ${messageOf(error)}`);
  }
}
