/** The published images of all architectures from one source, each of them booted before it counts. */
import * as pulumi from "@pulumi/pulumi";
import type { AnyParts, PublishSpec } from "../infra/platform";
import type { PlatformName } from "../infra/specs";
import { ImageGuard, type Store } from "../provider";
import { BootCheck } from "./boot-check";
import type { ImageBuild } from "./image-build";
import {
  formerKey,
  ledgerEntry,
  resourceName,
  type DiskFacts,
  type GenerationPlan,
  type ImagePlan,
  type LedgerEntry,
  type PlacePlan,
} from "../model/plan";
import { partsOf } from "./parts-of";
import { PublishedImage } from "./published-image";

export interface GenerationArgs {
  readonly plan: GenerationPlan;
  /** Names that the version before gave to images in places, by `formerKey`. @default none */
  readonly formerNames?: ReadonlyMap<string, string>;
  /** Ids of images that are there already, by the same. @default none */
  readonly there?: ReadonlyMap<string, string>;
  /** What each platform of a place does. */
  readonly parts: ReadonlyMap<PlatformName, AnyParts>;
  /** The builds that the images come from, by build key. */
  readonly builds: ReadonlyMap<string, ImageBuild>;
  readonly store: Store;
  /** Identity of this stack: whose the images will be. */
  readonly identity: pulumi.Input<string>;
  /** Stacks that promote from this one, `ORGANIZATION/PROJECT/NAME`: asked before an image is deleted. */
  readonly readers: readonly string[];
  /** Leave a machine that failed its check running, to look at. @default false */
  readonly keepOnFailure?: boolean;
}

/** What became of one place of one image. */
interface Outcome {
  readonly placeId: string;
  readonly imageId: pulumi.Output<string>;
  /** Known once the image may be taken: not before something stands before its deletion. */
  readonly guarded: pulumi.Output<string>;
  readonly bootSeconds: pulumi.Output<readonly number[]>;
  /** Undefined where the platform does not tell. */
  readonly publishSeconds: pulumi.Output<number | undefined>;
}

export class Generation extends pulumi.ComponentResource {
  /** What the ledger says of it; known once every image is published and has passed its boots. */
  readonly entry: pulumi.Output<LedgerEntry>;

  constructor(name: string, args: GenerationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("builders:index:Generation", name, {}, opts);
    const { plan } = args;

    const disks = plan.images.map((image) => build(args.builds, image).facts);
    const outcomes = plan.images.flatMap((image) => this.places(image, args));

    const placed = outcomes.map(({ placeId, imageId, guarded, bootSeconds, publishSeconds }) =>
      pulumi.all([placeId, imageId, bootSeconds, publishSeconds, guarded]),
    );
    this.entry = pulumi.all([pulumi.all(disks), pulumi.all(placed)]).apply(([facts, places]) =>
      ledgerEntry(plan, {
        builtAt: youngest(facts),
        published: Object.fromEntries(places.map(([id, imageId]) => [id, imageId])),
        bootSeconds: Object.fromEntries(places.map(([id, , seconds]) => [id, [...seconds]])),
        publishSeconds: Object.fromEntries(
          places.flatMap(([id, , , seconds]) => (seconds === undefined ? [] : [[id, seconds]])),
        ),
        disks: Object.fromEntries(plan.images.flatMap(({ key }, index) => (facts[index] ? [[key, facts[index]]] : []))),
      }),
    );
    this.registerOutputs({ entry: this.entry });
  }

  /** In the order of the plan; what others are copied from is declared before them. */
  private places(image: ImagePlan, args: GenerationArgs): readonly Outcome[] {
    const sources = image.places.filter(({ copyOf }) => copyOf === undefined);
    const made = new Map(sources.map((place) => [place.id, this.place(image, place, args)]));
    return image.places.map((place) => {
      const { copyOf } = place;
      if (copyOf === undefined) return found(made.get(place.id), place.id);
      const source = found(
        sources.find(({ id }) => id === copyOf),
        copyOf,
      );
      return this.place(image, place, args, { place: source.spec, imageId: found(made.get(copyOf), copyOf).imageId });
    });
  }

  private place(
    image: ImagePlan,
    place: PlacePlan,
    { plan, formerNames, there, parts, builds, store, identity, readers, keepOnFailure }: GenerationArgs,
    copyOf?: PublishSpec["copyOf"],
  ): Outcome {
    const name = resourceName(image, place);
    const former = formerNames?.get(formerKey(image, place));
    const seen = there?.get(formerKey(image, place));
    const aliased = (role = "") => (former === undefined ? {} : { aliases: [{ name: `${former}${role}` }] });
    const { key, arch } = image;
    const published = new PublishedImage(
      name,
      {
        spec: {
          arch,
          imageName: image.name,
          place: place.spec,
          store,
          owner: { identity, resource: name },
          ...(place.remade === undefined ? {} : { again: place.remade }),
          ...(seen === undefined ? {} : { there: seen }),
          ...(place.takenOver && { takenOver: true }),
          ...(copyOf === undefined ? {} : { copyOf }),
        },
        place: place.id,
        parts: partsOf(parts, place.spec.platform),
        artifact: build(builds, image).diskFor(place.spec),
      },
      { parent: this, ...aliased() },
    );
    const check = new BootCheck(
      bootCheckName(image, place),
      {
        key,
        arch,
        imageId: published.imageId,
        place: place.spec,
        ...image.boot,
        ...{ identity, store },
        ...(place.remade === undefined ? {} : { again: place.remade }),
        // The version before noted of a boot neither image nor place.
        predates: former !== undefined,
        supersedes: `copr-builder-${arch}-*.${name.slice(image.name.length + 1)}.boot-machines`,
        ...(keepOnFailure === undefined ? {} : { keepOnFailure }),
      },
      { parent: this, ...aliased(".boot") },
    );
    const { imageId, seconds: publishSeconds } = published;
    const { id: generation } = plan;
    // Made last, so it goes first: an image that it refuses to give up is whole, with the check that it has passed.
    const guard = new ImageGuard(
      `${name}.guard`,
      { store, identity, generation, imageName: image.name, imageId, place: place.id, readers },
      { parent: this, dependsOn: [published, check] },
    );
    return { placeId: place.id, imageId, guarded: guard.urn, bootSeconds: check.seconds, publishSeconds };
  }
}

/** Name of the check that an image passes in a place. */
export function bootCheckName(image: ImagePlan, place: PlacePlan): string {
  return `${resourceName(image, place)}.boot`;
}

function build(builds: ReadonlyMap<string, ImageBuild>, image: ImagePlan): ImageBuild {
  const found = builds.get(image.key);
  if (!found) throw new Error(`${image.name} has no build; the plan must list every key of its generations`);
  return found;
}

function found<T>(value: T | undefined, placeId: string): T {
  if (value === undefined) throw new Error(`${placeId} is copied from, but is no place of its own in the plan`);
  return value;
}

/** The youngest disk dates the generation: an architecture that did not change keeps its older one. */
function youngest(disks: readonly DiskFacts[]): string {
  return disks.map(({ builtAt }) => builtAt).reduce((a, b) => (a > b ? a : b), "");
}
