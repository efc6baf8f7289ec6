/** The resources of generations and of the disks that they stand on, each disk once. */
import * as pulumi from "@pulumi/pulumi";
import { machineStack } from "../../components/boot-check";
import { bootCheckName, Generation } from "../../components/generation";
import { ImageBuild, programFolder, workerStack } from "../../components/image-build";
import type { BuildSigning } from "../../components/build-signing";
import { innerStackOf } from "../../components/inner-stacks";
import type { BuildPlan, GenerationPlan, LedgerEntry, Plan } from "../../model/plan";
import { sourceSecrets, startedBy, type BuildSettings } from "../../model/settings";
import { pulledBy, workerLogins, type Sources } from "../../model/source";
import type { BuildSecrets } from "../../contract/build-secrets";
import type { LoginFile } from "../../contract/registry-login";
import type { AnyParts } from "../../infra/platform";
import type { PlatformName } from "../../infra/specs";
import type { Arch } from "../../infra/words";
import { StaleStacks } from "../../provider";
import { workerJob } from "./job";
import { folderOf } from "./look";
import { provenanceOrder } from "./provenance";
import type { RealPlan } from "./plan";
import { fullName } from "./stacks";

export interface DeclarationsArgs {
  readonly settings: BuildSettings;
  /** What each platform of a place does. */
  readonly parts: ReadonlyMap<PlatformName, AnyParts>;
  /** What the images are made from. */
  readonly sources: Sources;
  readonly project: string;
  /** Whose they are. */
  readonly identity: pulumi.Output<string>;
  readonly ledger: readonly LedgerEntry[];
  /** What records are signed with. @default none is */
  readonly signing?: BuildSigning | undefined;
  /** What can be built: the first of its generations. An older one's source is not here any more. */
  readonly current: Plan;
}

/** What a look at the places has said, and all disks that there are to be. */
export type Seen = Pick<RealPlan, "formerNames" | "there"> & Pick<Plan, "builds">;

export class Declarations {
  private readonly builds = new Map<string, ImageBuild>();
  private readonly buildable: ReadonlySet<string>;

  constructor(private readonly args: DeclarationsArgs) {
    this.buildable = new Set(args.current.generations[0]?.images.map(({ key }) => key));
  }

  /** Inner stacks that no resource stands for any more go, whatever has become of their source and architecture. */
  staleStacks(): void {
    const { current, identity, settings } = this.args;
    const workers = current.builds.map(({ arch, key }) => workerStack(buildName(arch, key)));
    const machines = current.generations
      .flatMap(({ images }) => images)
      .flatMap((image) => image.places.map((place) => machineStack(bootCheckName(image, place))));
    new StaleStacks("stale-stacks", {
      ...innerStackOf(identity, settings.store),
      programs: [programFolder("worker"), programFolder("boot-check")],
      current: [...workers, ...machines],
    });
  }

  generation(generation: GenerationPlan, { formerNames, there, builds }: Seen): pulumi.Output<LedgerEntry> {
    const { settings, identity, parts } = this.args;
    const { store, keepOnFailure, promotedBy } = settings;
    const keys = new Set(generation.images.map(({ key }) => key));
    for (const build of builds) {
      if (keys.has(build.key) && !this.builds.has(build.key)) this.builds.set(build.key, this.build(build));
    }
    return new Generation(generation.id, {
      ...{ plan: generation, formerNames, there, parts, builds: this.builds, store, identity, keepOnFailure },
      readers: promotedBy.map(fullName),
    }).entry;
  }

  private build({ arch, key, forms }: BuildPlan): ImageBuild {
    const { settings, parts, sources, project, identity, ledger, signing } = this.args;
    const { store, attempts, keepOnFailure, buildTimeoutMinutes: timeoutMinutes } = settings;
    const stack = pulumi.getStack();
    const folder = folderOf(ledger, key, stack) ?? identity;
    const job = () =>
      pulumi.all([identity, folder]).apply(async ([own, folder]) => {
        const by = startedBy();
        const provenance = await provenanceOrder({ arch, sources, project, identity: own, startedBy: by });
        return workerJob(settings, {
          ...{ arch, key, sources, project, stack, identity: own, folder, provenance },
          forms: forms.map(({ form }) => form),
        });
      });
    return new ImageBuild(buildName(arch, key), {
      ...{ arch, key, identity, folder, forms, parts, store, attempts, timeoutMinutes, keepOnFailure },
      ...(signing && { signing }),
      // The architecture of an older one may be in the settings no more.
      ...(this.buildable.has(key)
        ? { job: job(), logins: pulumi.secret(this.logins(arch)), ...this.buildSecrets() }
        : {}),
    });
  }

  private buildSecrets(): { readonly buildSecrets?: pulumi.Output<BuildSecrets> } {
    const { source } = this.args.settings;
    return source.kind === "image" || source.secrets === undefined
      ? {}
      : { buildSecrets: sourceSecrets(source.secrets) };
  }

  /** Asked for where a worker may start: a preview starts none. */
  private logins(arch: Arch): Promise<LoginFile | undefined> {
    const { settings, sources } = this.args;
    if (pulumi.runtime.isDryRun()) return Promise.resolve(undefined);
    return workerLogins(pulledBy(sources, arch), settings);
  }
}

function buildName(arch: Arch, key: string): string {
  return `build-${arch}-${key.slice(0, 8)}`;
}
