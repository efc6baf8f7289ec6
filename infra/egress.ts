/** Where a machine that builds may connect to, besides the name servers and the clock of its cloud: ranges, for its security group. */
import * as z from "zod";
import { distinct } from "./fields";
import { ipv4Range } from "./ipv4-range";

const REMEDY = "write an IPv4 range, e.g. 10.0.0.0/8 or 203.0.113.7/32";

/** EC2 takes 60 rules a group unless a quota was raised, IBM Cloud 250. */
const MOST = 50;

/** Absent is everywhere. */
export const egress = distinct(z.array(ipv4Range(REMEDY, everything)).min(1).max(MOST)).exactOptional();

function everything(range: string): string | undefined {
  return range.endsWith("/0") ? "lets everything out, as a worker without egress; leave egress out" : undefined;
}
