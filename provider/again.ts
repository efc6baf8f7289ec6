/** The input `again`: what is lost or half made is made again when a text is given that was not given before. */
import { z } from "zod";
import type { Properties } from "./handler";

export const againSchema = z.string().min(1);

/** Taking it away changes nothing. */
export function againGiven(olds: Properties, news: Properties): boolean {
  return news.again !== undefined && news.again !== olds.again;
}
