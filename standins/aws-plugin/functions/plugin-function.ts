/** What a function of this plugin is. */
import type { z } from "zod";
import type { Clients } from "../clients";
import type { Values } from "../kind";

interface Place {
  readonly clients: Clients;
  readonly region: string;
}

export interface PluginFunction<A extends Values = Values> {
  readonly schema: z.ZodType<A>;
  readonly call: (args: A, place: Place) => Promise<Values>;
}
