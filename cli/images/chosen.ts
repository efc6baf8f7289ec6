/** The part of a stack's images that somebody takes over: a farm may begin with one cloud and keep the others by hand. */
import { imagePaths, isAtOrBelow, type ImagesOutput } from "../../model/outputs";
import type { StackOutputs } from "../../model/outputs/schema";

/**
 * The outputs with these places alone, of the generations too.
 * @param chosen `aws.x86_64`, or all below `aws`; all if there are none
 * @throws Error that names what the stack does not have
 */
export function onlyChosen(outputs: StackOutputs, chosen: readonly string[]): StackOutputs {
  if (chosen.length === 0) return outputs;
  const { images, previousImages, generations } = outputs;
  const known = imagePaths(generations[0]);
  const unknown = chosen.filter((place) => !known.some((path) => isAtOrBelow(path, place)));
  if (unknown.length > 0) {
    throw new Error(`--place ${unknown.join(", ")}: the stack publishes nothing there; it has ${known.join(", ")}`);
  }
  const isChosen = (path: string): boolean => chosen.some((place) => isAtOrBelow(path, place));
  return {
    ...outputs,
    images: kept(images, isChosen),
    previousImages: kept(previousImages, isChosen),
    generations: generations.map(({ behind, ...generation }) => ({
      ...generation,
      ...(behind && { behind: behind.filter(({ place }) => isChosen(place.outputPath.join("."))) }),
      images: generation.images.map((image) => ({
        ...image,
        places: image.places.filter(({ outputPath }) => isChosen(outputPath.join("."))),
      })),
    })),
  };
}

function kept(images: ImagesOutput, isChosen: (path: string) => boolean, above = ""): ImagesOutput {
  const entries = Object.entries(images).flatMap(([name, value]): [string, string | ImagesOutput][] => {
    if (typeof value === "string") return isChosen(above + name) ? [[name, value]] : [];
    const below = kept(value, isChosen, `${above}${name}.`);
    return Object.keys(below).length === 0 ? [] : [[name, below]];
  });
  return Object.fromEntries(entries);
}
