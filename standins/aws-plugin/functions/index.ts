/** The functions that this plugin serves. */
import type { Values } from "../kind";
import { getCallerIdentity, getRegion } from "./caller";
import { getAmi } from "./get-ami";
import { getSubnet } from "./get-subnet";
import type { PluginFunction } from "./plugin-function";

function anyFunction<A extends Values>({ schema, call }: PluginFunction<A>): PluginFunction {
  return { schema, call: (args, place) => call(schema.parse(args), place) };
}

export const FUNCTIONS: Readonly<Record<string, PluginFunction>> = {
  "aws:ec2/getAmi:getAmi": anyFunction(getAmi),
  "aws:ec2/getSubnet:getSubnet": anyFunction(getSubnet),
  "aws:index/getCallerIdentity:getCallerIdentity": anyFunction(getCallerIdentity),
  "aws:index/getRegion:getRegion": anyFunction(getRegion),
};
