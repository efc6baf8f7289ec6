/** What `pulumi up` runs: settings, plan, builds, generations, outputs. */
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Generation } from "../../components/generation";
import { ImageBuild } from "../../components/image-build";
import { generationsOutput, imagesOutput } from "../../components/outputs";
import { parseLedger, plan } from "../../components/plan";
import { readSettings } from "../../components/settings";
import { identify } from "../../components/source";
import { buildObjects } from "../../components/jobs";
import { capabilities } from "../../infra";
import { announce } from "./announce";
import { plainly } from "./plainly";
import { workerJob } from "./job";

const NO_PROMOTION = "promote: this program can't promote generations yet; build them in this stack instead";

export = () => plainly(images);

async function images() {
  const project = path.join(__dirname, "..", "..");
  const settings = readSettings({ capabilities: capabilities() });
  if (settings.mode === "promote") throw new pulumi.RunError(NO_PROMOTION);
  const ledger = parseLedger(await ownOutput("generations"));
  const identity = await identify(settings, project);
  const planned = plan({ settings, identity, ledger, now: new Date() });
  await announce(planned);

  const builds = new Map<string, ImageBuild>();
  const stack = pulumi.getStack();
  const buildable = new Set(planned.generations[0]?.images.map((image) => image.key));
  for (const { arch, key } of planned.builds) {
    const build = new ImageBuild(`build-${arch}-${key.slice(0, 8)}`, {
      arch,
      key,
      record: buildObjects(stack, key).record,
      ...(buildable.has(key) ? { job: workerJob(settings, { arch, key, identity, project, stack }) } : {}),
      store: settings.store,
      attempts: settings.attempts,
      timeoutMinutes: settings.buildTimeoutMinutes,
      keepOnFailure: settings.keepOnFailure,
    });
    builds.set(key, build);
  }
  const generations = planned.generations.map(
    (generation) =>
      new Generation(generation.id, {
        plan: generation,
        builds,
        store: settings.store,
        keepOnFailure: settings.keepOnFailure,
      }),
  );

  const entries = pulumi.all(generations.map((generation) => generation.entry));
  return {
    images: entries.apply(([current]) => imagesOutput(current)),
    previousImages: entries.apply(([, previous]) => imagesOutput(previous)),
    generations: entries.apply(generationsOutput),
  };
}

/** An output of this very stack as its last complete run left it; undefined before the first. */
async function ownOutput(name: string): Promise<unknown> {
  const self = new pulumi.StackReference("self", {
    name: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
  });
  return (await self.getOutputDetails(name)).value;
}
