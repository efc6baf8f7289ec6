/** The functions that this plugin serves. */
import type { z } from "zod";
import type { Clients } from "../clients";
import type { Values } from "../kind";
import { getCallerIdentity, getRegion } from "./caller";
import { getAmi } from "./get-ami";
import { getSubnet } from "./get-subnet";

export interface Place {
  readonly clients: Clients;
  readonly region: string;
}

export interface PluginFunction<A extends Values = Values> {
  readonly schema: z.ZodType<A>;
  readonly call: (args: A, place: Place) => Promise<Values>;
}

function anyFunction<A extends Values>({ schema, call }: PluginFunction<A>): PluginFunction {
  return { schema, call: (args, place) => call(schema.parse(args), place) };
}

export const FUNCTIONS: Readonly<Record<string, PluginFunction>> = {
  "aws:ec2/getAmi:getAmi": anyFunction(getAmi),
  "aws:ec2/getSubnet:getSubnet": anyFunction(getSubnet),
  "aws:index/getCallerIdentity:getCallerIdentity": anyFunction(getCallerIdentity),
  "aws:index/getRegion:getRegion": anyFunction(getRegion),
};
