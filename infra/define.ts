/** `definePlatform`: a room's last line. */
import type * as z from "zod";
import { anyPlace, common, only, type Platform, type WorkersPlatform } from "./any-platform";
import type { PlatformDefinition, WorkersOnly } from "./definition";
import { UnsupportedError } from "./words";

export function definePlatform<
  N extends string,
  W extends z.ZodObject,
  T extends z.ZodObject,
  P extends z.ZodObject,
  F extends z.ZodObject = never,
>(definition: PlatformDefinition<N, W, T, P, F>): Platform<N, W, T, P, F> {
  const { name, parts } = definition;
  const place = only<z.output<P>>(name, "place");
  const form = only<z.output<F>>(name, "form");
  return {
    ...common(definition, parts, place, form),
    images: anyPlace(name, definition.images, place, form),
  };
}

/** A platform of machines that build, and of nothing else. */
export function defineWorkers<N extends string, W extends z.ZodObject>(
  definition: WorkersOnly<N, W>,
): WorkersPlatform<N, W> {
  const none = () => {
    throw new UnsupportedError(definition.name, "places");
  };
  return common(definition, definition.parts, none, none);
}
