/**
 * Stacks that promote while the stack that builds deletes, with the real engine and a store in this process. An image is an
 * object of the store; all that decides what is kept is as in `pulumi up` of the program.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endHold, listHolds } from "../../provider/holds";
import { openStore } from "../../provider/object-store";
import { S3Server } from "../../provider/testing/s3-server";
import { makeProject, type ScratchProject } from "../../standins/testing/scratch-project";
import { eventually } from "./support/wait";

const REPOSITORY = join(__dirname, "..", "..");
const PROGRAM = `
import { existsSync, writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { changed, NOW, settings, succeeded } from "${REPOSITORY}/model/plan/fixtures";
import { parseLedger, plan } from "${REPOSITORY}/model/plan";
import { Artifact, ImageGuard, LoopbackPort, StackIdentity } from "${REPOSITORY}/provider";
import { openStore } from "${REPOSITORY}/provider/object-store";
import { announceUnread } from "${REPOSITORY}/stacks/images/announce";
import { planAtLast } from "${REPOSITORY}/stacks/images/at-last";
import { plainly } from "${REPOSITORY}/stacks/plainly";
import { promoteImages } from "${REPOSITORY}/stacks/images/promote";
import { askReaders } from "${REPOSITORY}/stacks/images/readers";
import { fullName, ownOutputs } from "${REPOSITORY}/stacks/images/stacks";

const wish = new pulumi.Config().requireObject<any>("wish");
const { store } = wish;

async function build() {
  const own = await ownOutputs();
  const ledger = parseLedger(own("generations"));
  const inputs = {
    settings: settings({ x86_64: ["hypervisor"] }, { keepGenerations: 1 }), identity: changed(wish.source), ledger, now: NOW,
  };
  const planFor = (inUse: readonly string[]) => plan({ ...inputs, inUse });
  const ask = () =>
    askReaders({ promotedBy: wish.promotedBy ?? [], ledger, identity: own("identity") as string | undefined, store });
  const inUse = await ask();
  const planned = planFor(inUse.ids);
  await announceUnread(inUse.unread);

  const { identity } = new StackIdentity("identity", {});
  const declare = (generation: any) => {
    const entry = succeeded(generation, NOW.toISOString());
    const guards = generation.images.flatMap((image: any) => image.places.map((place: any) => {
      const name = image.name + "." + place.id.replaceAll("/", ".");
      const made: any[] = [new Artifact(name, { store, record: "images/" + name, key: image.key, objects: [], identity })];
      // Nothing is free there: the store listens.
      const port = Number(new URL(store.endpoint).port);
      if (wish.fails === true) made.push(new LoopbackPort(name + "-port", { range: { from: port, to: port } }));
      return new ImageGuard(name + ".guard", {
        store, identity, generation: generation.id, imageName: image.name, imageId: image.name, place: place.id,
        readers: (wish.promotedBy ?? []).map(fullName),
      }, { dependsOn: made });
    }));
    return pulumi.all(guards.map((guard: any) => guard.urn)).apply(() => entry);
  };
  if (wish.fails !== true && planned.action === "new" && !pulumi.runtime.isDryRun()) {
    for (const image of planned.generations[0].images) for (const place of image.places) {
      await openStore(store).put("images/" + image.name + "." + place.id.replaceAll("/", "."), "an image");
    }
  }
  const pause = async (when: string) => {
    if (wish.pause !== when) return;
    writeFileSync("paused", "");
    while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const newest = declare(planned.generations[0]);
  const again = async () => {
    await pause("before asking");
    const answer = await ask();
    await pause("after asking");
    return answer;
  };
  const last = await planAtLast({ planned, inUse, entry: newest }, { ask: again, plan: planFor });
  const generations = pulumi.all([newest, ...last.generations.slice(1).map(declare)]);
  // Nested in a list and secret: other people's outputs may be.
  return { generations, identity, store, secret: [pulumi.secret("s")] };
}

export = () =>
  plainly<object>(() => pulumi.getStack() === "devel" ? build() : promoteImages({
    mode: "promote", keepGenerations: wish.keep ?? 2,
    promote: {
      from: wish.from ?? "devel", soakDays: 0, skipSoak: false, needs: [],
      ...(wish.generation === undefined ? {} : { generation: wish.generation }),
    },
  }));
`;

let project: ScratchProject;
const server = new S3Server();
let store: { readonly bucket: string; readonly region: string; readonly endpoint: string };

beforeAll(async () => {
  const keys = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
  Object.assign(process.env, keys);
  store = { bucket: "b", region: "us-east-1", endpoint: await server.open() };
  project = makeProject("promoted", PROGRAM);
  for (const stack of ["devel", "prod"])
    expect(await project.pulumi("stack", "init", stack)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  project.remove();
  await server.close();
});

type Wish = Readonly<Record<string, unknown>>;
let source = "1";

async function pulumi(verb: "up" | "destroy", stack: "devel" | "prod", wish: Wish) {
  const text = JSON.stringify({ store, source, ...wish });
  return project.pulumi(verb, "--yes", "--skip-preview", "--non-interactive", "--stack", stack, "-c", `wish=${text}`);
}

const devel = (wish: Wish = {}) => pulumi("up", "devel", wish);
const prod = (wish: Wish = {}) => pulumi("up", "prod", wish);

/** Runs devel's `up`, and something else while it is paused. */
async function develMeanwhile(pause: string, meanwhile: () => Promise<unknown>) {
  for (const file of ["paused", "go"]) rmSync(join(project.folder, file), { force: true });
  const run = devel({ pause });
  await eventually("the pause", () => (existsSync(join(project.folder, "paused")) ? true : undefined), { seconds: 60 });
  try {
    await meanwhile();
  } finally {
    writeFileSync(join(project.folder, "go"), "");
  }
  return run;
}

async function ledger(stack: "devel" | "prod"): Promise<string[]> {
  const { output } = await project.pulumi("stack", "output", "generations", "--json", "--stack", stack);
  return (JSON.parse(output) as { id: string }[]).map(({ id }) => id);
}

/** Generations that are there: each with both of its images, or it is not counted. */
function there(folder = "images"): string[] {
  const names = [...server.objects.keys()].filter((name) => name.startsWith(`/b/${folder}/`));
  const ids = names.map((name) => /-(g\d+)-/.exec(name)?.[1] ?? name);
  return [...new Set(ids)].filter((id) => ids.filter((other) => other === id).length === 2).sort();
}

const identity = async () => (await project.pulumi("stack", "output", "identity", "--stack", "devel")).output.trim();

const held = async () => {
  const holds = await listHolds(openStore(store), await identity());
  return holds.map(({ generation, said }) => `${generation} ${said?.stack ?? "?"}`).sort();
};

describe("a stack that promotes, listed nowhere", () => {
  it("says what it takes, and nothing of that is deleted", async () => {
    expect(await devel()).toMatchObject({ code: 0 });
    expect(await prod()).toMatchObject({ code: 0 });
    expect(await held()).toEqual(["g1 prod"]);
    source = "2";
    expect(await devel()).toMatchObject({ code: 0 });
    expect(await ledger("devel")).toEqual(["g2", "g1"]);
    expect(there()).toEqual(["g1", "g2"]);
  });

  it("takes one while the next is built: that one is kept, and the run is green", async () => {
    source = "3";
    const { code, output } = await develMeanwhile("before asking", async () => {
      expect(await prod()).toMatchObject({ code: 0 });
    });
    expect(code, output).toBe(0);
    expect(output).toContain("kept after all, taken while this run built: g2");
    expect(await ledger("devel")).toEqual(["g3", "g2", "g1"]);
    expect(there()).toEqual(["g1", "g2", "g3"]);
    expect(await held()).toEqual(["g1 prod", "g2 prod"]);
  });

  it("takes one at the last moment: it is not deleted, and the run says who uses it", async () => {
    expect(await prod({ generation: "g2", keep: 1 })).toMatchObject({ code: 0 });
    source = "4";
    const { code, output } = await develMeanwhile("after asking", async () => {
      expect(await prod({ generation: "g3", keep: 1 })).toMatchObject({ code: 0 });
    });
    expect(code, output).not.toBe(0);
    expect(output).toMatch(/image copr-builder-x86_64-g3-\S+ .* of g3 in hypervisor\/vmhost-0\d is kept/);
    expect(output).toMatch(/it is held by prod \(identity [a-z2-7]{12}\)/);
    expect(there()).toContain("g3");
    expect(there(`offers/${await identity()}/g3`)).toEqual(["g3"]);
  });

  it("moves on: what it used goes, with everything that was said of it", async () => {
    expect(await prod({ keep: 1 })).toMatchObject({ code: 0 });
    expect(await ledger("prod")).toEqual(["g4"]);
    expect(await devel()).toMatchObject({ code: 0 });
    expect(await held()).toEqual(["g4 prod"]);
    expect(there()).toEqual(["g4"]);
    expect(there(`offers/${await identity()}/g3`)).toEqual([]);
  });
});

it("a listed stack that is not there: the new generation is published, nothing is deleted, it is said why", async () => {
  // As it was: g4 would go, but for the listed stack.
  await endHold(openStore(store), await identity(), "prod");
  source = "5";
  const { code, output } = await devel({ promotedBy: ["nowhere"] });
  expect(code, output).toBe(0);
  expect(output).toContain("promotedBy: there is no stack nowhere");
  expect(await ledger("devel")).toEqual(["g5", "g4"]);
});

it("a generation that fails: the run ends with that, and nothing older is touched", async () => {
  source = "6";
  const before = there();
  const { code, output } = await devel({ fails: true });
  expect(code).not.toBe(0);
  expect(output).toContain("is free on 127.0.0.1");
  expect(output).not.toMatch(/unhandled|did not settle|\n\s+at /i);
  expect(there()).toEqual(before);
});

it("promote.from that is not there is said plainly", async () => {
  const { code, output } = await prod({ from: "develop" });
  expect(code).not.toBe(0);
  expect(output).toContain("promote.from: there is no stack develop");
  expect(output).not.toMatch(/\n\s+at /);
});

it("destroy halts before what is held, and goes on when the hold is ended by name", async () => {
  const owner = await identity();
  expect(await prod({ keep: 1 })).toMatchObject({ code: 0 });
  const halted = await pulumi("destroy", "devel", {});
  expect(halted.code, halted.output).not.toBe(0);
  expect(halted.output).toMatch(/of g5 in hypervisor\/vmhost-0\d is kept, .*\n.*it is held by prod/);
  expect(there()).toContain("g5");
  expect((await endHold(openStore(store), owner, "prod")).map(({ generation }) => generation)).toEqual(["g5"]);
  // Of the run that listed it, each image asks this one, too: an empty stack uses nothing.
  expect(halted.output).toMatch(/nowhere uses it can't be found out .*"pulumi stack init nowhere"/);
  expect(await project.pulumi("stack", "init", "nowhere")).toMatchObject({ code: 0 });
  const { code, output } = await pulumi("destroy", "devel", {});
  expect(code, output).toBe(0);
  expect([...server.objects.keys()]).toEqual([]);
});

/** What the real components declare for one generation, in a preview: nothing of it is made. */
const GENERATION = `
import { Generation } from "${REPOSITORY}/components/generation";
import { ImageBuild } from "${REPOSITORY}/components/image-build";
import { parts as loadParts } from "${REPOSITORY}/infra";
import { plan } from "${REPOSITORY}/model/plan";
import { aws, identity, NOW, settings } from "${REPOSITORY}/model/plan/fixtures";
const own = "abcdefgh2345";
const store = { bucket: "b", region: "us-east-1" };
const wanted: any = settings({ x86_64: ["hypervisor", "aws"] });
const regions = ["us-east-1", "eu-west-1"].map((name) => ({ ...(aws as any).regions[0], name, accounts: ["123456789012"] }));
wanted.targets.aws = { ...aws, regions };
const { builds, generations } = plan({ settings: wanted, identity, ledger: [], now: NOW });
export = async () => {
  const names = ["aws", "libvirt"] as const;
  const parts = new Map(await Promise.all(names.map(async (name) => [name, await loadParts(name)] as const)));
  const common = { parts, store, identity: own };
  const made = new Map(builds.map(({ arch, key, forms }) =>
    [key, new ImageBuild("build", { arch, key, forms, ...common, folder: own, timeoutMinutes: 1 })]));
  new Generation("g1", { plan: generations[0]!, builds: made, ...common, readers: ["o/p/prod"] });
};
`;

interface Step {
  readonly urn: string;
  readonly newState?: { readonly custom?: boolean; readonly dependencies?: readonly string[] };
}

it("the guard of an image depends on all that the image and its check are made of, and no other guard does", async () => {
  const scratch = makeProject("guarded", GENERATION);
  try {
    expect(await scratch.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
    const { code, output } = await scratch.pulumi("preview", "--json");
    expect(code, output).toBe(0);
    const { steps } = JSON.parse(output.slice(output.indexOf("{"))) as { readonly steps: readonly Step[] };
    const nameOf = ({ urn }: Step) => urn.split("::").pop() ?? "";
    const guards = steps.filter(({ urn }) => urn.includes("ImageGuard::"));
    expect(guards).toHaveLength(4);
    for (const guard of guards) {
      const image = nameOf(guard).replace(/\.guard$/, "");
      const parts = steps.filter((step) => step !== guard && step.newState?.custom && nameOf(step).startsWith(image));
      expect(parts.length, image).toBeGreaterThanOrEqual(2);
      expect([...(guard.newState?.dependencies ?? [])].sort()).toEqual(parts.map(({ urn }) => urn).sort());
    }
  } finally {
    scratch.remove();
  }
});
