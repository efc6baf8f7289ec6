/** Findings of what somebody's rule denies: whose rule it is, what it asks for, and what helps. A permission of one's own never does. */
import type { Finding } from "../platform";
import type { Denial, Forbidder } from "./denial";
import { targetPath, unique } from "./grants";
import { kindOf } from "./simulate";
import type { Without } from "./trials";

export interface Refusal {
  readonly denial: Denial;
  readonly region?: string;
  /** Of the settings, whose machine was refused. */
  readonly path?: string;
  /** Tags that the request had beside our own. */
  readonly tags: readonly string[];
  /** What the same request is allowed without. */
  readonly without: readonly Without[];
}

/** One finding for each rule, however many actions, regions and machines it stops. */
export function ruleFindings(caller: string, refusals: readonly Refusal[]): Finding[] {
  const groups = new Map<string, Refusal[]>();
  for (const refusal of refusals) {
    const { by, words, keys, statement } = refusal.denial;
    const rule = JSON.stringify([by, words, statement, [...keys].sort(), refusal.without]);
    groups.set(rule, [...(groups.get(rule) ?? []), refusal]);
  }
  return joined([...groups.values()]).map((group) => ({ path: "aws", ...described(caller, group) }));
}

/** What IAM's simulation denies without a word goes with what the same kind of policy was seen to deny without a condition. */
function joined(groups: readonly Refusal[][]): Refusal[][] {
  const isMute = ([one]: readonly Refusal[]) =>
    one?.denial.said === undefined && one?.denial.statement === undefined && one?.denial.keys.length === 0;
  const isPlain = ([one]: readonly Refusal[]) => one?.denial.keys.length === 0 && one.without.length === 0;
  const mute = groups.filter(isMute);
  const rest = groups.filter((group) => !isMute(group));
  return mute.reduce<Refusal[][]>((all, group) => {
    const others = all.filter((one) => isPlain(one) && one[0]?.denial.by === group[0]?.denial.by);
    const [only] = others;
    if (only === undefined || others.length > 1) return [...all, group];
    return all.map((one) => (one === only ? [...one, ...group] : one));
  }, rest);
}

function described(caller: string, group: readonly Refusal[]): Pick<Finding, "problem" | "remedy"> {
  const [{ denial, without }] = group as [Refusal, ...Refusal[]];
  const { by, words, keys, statement } = denial;
  const actions = distinct(group.map(({ denial }) => denial.action)).join(", ");
  const regions = distinct(group.flatMap(({ region }) => region ?? [])).join(", ");
  const resources = distinct(group.flatMap(({ denial }) => denial.resource ?? [])).filter((one) => one !== "*");
  const reasons = reasonsOf(group, keys, without);
  const named = [
    ...(words === undefined ? [] : [words]),
    ...(statement === undefined ? [] : [`statement ${statement}`]),
  ].join(", ");
  const said = reasons.length === 0 ? distinct(group.flatMap(({ denial }) => denial.said ?? [])).slice(0, 1) : [];
  const problem = [
    `${actions}${regions === "" ? "" : ` in ${regions}`} is denied to ${caller} by ${WHOSE[by]}`,
    ...(named === "" ? [] : [` (${named})`]),
    ...(resources.length === 0 ? [] : [` on ${resources.join(", ")}`]),
    ...(reasons.length === 0 ? [] : [`: ${reasons.map(({ what }) => what).join(", and ")}`]),
    ...said.map((text) => `; AWS says: ${text.replace(/\.$/, "")}`),
  ].join("");
  const helps = distinct(reasons.flatMap(({ helps }) => helps ?? []));
  const others = ask(by, caller);
  // Who may make no groups has a way that needs no exception.
  const round = group.every(({ denial }) => OF_GROUPS.test(denial.action)) ? [OWN_GROUPS] : [];
  if (helps.length > 0) return { problem, remedy: [helps.join(" and "), ...round, others].join(", or ") };
  return { problem, remedy: [...round, ...(reasons.length === 0 ? guesses(group) : []), others].join("; ") };
}

const OF_GROUPS = /^ec2:\w+SecurityGroup(Ingress|Egress)?$/;
const OWN_GROUPS =
  "name security groups of your own in securityGroups of each worker and region, then none is made (with their rules for ssh)";

const WHOSE: Readonly<Record<Forbidder, string>> = {
  permissions: "its own policy",
  own: "a rule in its own policies",
  organization: "a rule of the organization",
  boundary: "its permissions boundary",
  session: "the policy of its session",
  resource: "the policy of what it is done to",
  trust: "the trust policy of the role",
  endpoint: "the policy of the VPC endpoint that requests go through",
  unknown: "a rule",
};

function ask(by: Forbidder, caller: string): string {
  const nothing = `nothing in the policies of ${caller} itself helps`;
  switch (by) {
    case "permissions":
    case "own":
      return `take the statement that denies out of the policies of ${caller}; another one that allows changes nothing`;
    case "organization":
      return `ask who administers the organization for an exception; ${nothing}`;
    case "boundary":
      return `ask who set the permissions boundary of ${caller} to widen it; its own policies allow only what the boundary does too`;
    case "session":
      return `sign in without the policy that narrows the session, or with a wider one; ${nothing}`;
    case "resource":
      return `let that policy name ${caller}`;
    case "trust":
      return `let the trust policy of the role name ${caller}`;
    case "endpoint":
      return `ask who runs the network to widen the policy of the endpoint; ${nothing}`;
    case "unknown":
      return `ask who administers the account and its organization; what denies wins over everything that allows`;
  }
}

interface Reason {
  readonly what: string;
  readonly helps?: string;
}

function reasonsOf(group: readonly Refusal[], keys: readonly string[], without: readonly Without[]): Reason[] {
  const reasons = [...keys.map((key) => reasonOf(group, key)), ...without.map((what) => WITHOUT[what])];
  return [...new Map(reasons.map((reason) => [reason.what, reason])).values()];
}

const NO_ADDRESS: Reason = {
  what: "it forbids a public address, which workers and boot checks are reached by",
  helps: "set address: private at workers and targets, where ssh reaches private addresses, e.g. over a VPN",
};

const WITHOUT: Readonly<Record<Without, Reason>> = {
  "a public address": NO_ADDRESS,
  "spot capacity": { what: "it forbids spot capacity", helps: "set spot: false at the worker" },
};

/** By the condition key of the rule, in small letters: names of keys know no case. */
const KEYS: Readonly<Record<string, Reason | undefined>> = {
  "ec2:associatepublicipaddress": NO_ADDRESS,
  "ec2:instancemarkettype": WITHOUT["spot capacity"],
  "ec2:instancetype": {
    what: "it depends on the instance type (ec2:InstanceType)",
    helps: "name another instanceType (or bootInstanceTypes of the target)",
  },
  "aws:requestedregion": { what: "it depends on the region (aws:RequestedRegion)", helps: "use a region that is free" },
  "ec2:region": { what: "it depends on the region (ec2:Region)", helps: "use a region that is free" },
  "ec2:owner": { what: "it depends on who owns the image (ec2:Owner)", helps: "name an image of another owner in ami" },
  "ec2:imageid": { what: "it depends on the image (ec2:ImageID)", helps: "name another image in ami" },
  "ec2:public": { what: "it depends on whether the image is public (ec2:Public)", helps: "name another image in ami" },
  "ec2:volumesize": {
    what: "it depends on the size of volumes (ec2:VolumeSize)",
    helps: "change diskGib or scratchGib of the worker, or volumeGib of the target",
  },
  "ec2:subnet": { what: "it depends on the subnet (ec2:Subnet)", helps: "name other subnets" },
  "ec2:subnetid": { what: "it depends on the subnet (ec2:SubnetID)", helps: "name other subnets" },
  "ec2:vpc": { what: "it depends on the VPC (ec2:Vpc)", helps: "name subnets of another VPC" },
  "ec2:islaunchtemplateresource": {
    what: "it wants machines to be started from launch templates (ec2:IsLaunchTemplateResource), which this program has none of",
  },
  "ec2:availabilityzone": {
    what: "it depends on the zone (ec2:AvailabilityZone)",
    helps: "name subnets in other zones",
  },
  "aws:principalarn": {
    what: "it depends on who asks (aws:PrincipalArn)",
    helps: "sign in as somebody whom it leaves alone",
  },
  "aws:sourceip": { what: "it depends on where requests come from (aws:SourceIp)", helps: "run it from there" },
  "aws:sourcevpc": { what: "it depends on where requests come from (aws:SourceVpc)", helps: "run it from there" },
  "aws:sourcevpce": { what: "it depends on where requests come from (aws:SourceVpce)", helps: "run it from there" },
  "aws:multifactorauthpresent": {
    what: "it asks for a second factor (aws:MultiFactorAuthPresent)",
    helps: "sign in with one",
  },
  "aws:multifactorauthage": {
    what: "it asks for a second factor of late (aws:MultiFactorAuthAge)",
    helps: "sign in again with one",
  },
};

function reasonOf(group: readonly Refusal[], key: string): Reason {
  const [, tag] = /^(?:aws|ec2):RequestTag\/(.+)$/i.exec(key) ?? [];
  if (tag !== undefined) return tagReason(group, tag);
  const [, own] = /^aws:PrincipalTag\/(.+)$/i.exec(key) ?? [];
  if (own !== undefined) {
    return { what: `it depends on the tag ${own} of who asks (${key})`, helps: "sign in as somebody whose tags fit" };
  }
  if (/^aws:TagKeys$/i.test(key)) {
    return {
      what: "it allows certain tags only (aws:TagKeys)",
      helps: "leave out of tags what it does not know; our own tags must be among what it allows",
    };
  }
  return KEYS[key.toLowerCase()] ?? { what: `it depends on ${key}` };
}

/** What the official plugin makes without tags, whatever the settings say. */
const UNTAGGED: Readonly<Record<string, Reason | undefined>> = {
  image: { what: "images, which get theirs after they are made" },
  "network-interface": { what: "network interfaces, which are made without tags" },
  "spot-instances-request": {
    what: "requests for spot instances, which are made without tags",
    helps: "set spot: false at the worker, which makes no such request",
  },
};

/** Keys of tags know capital from small letters in conditions of rules as little as in names of keys. */
function tagReason(group: readonly Refusal[], tag: string): Reason {
  const kinds = distinct(group.map(({ denial }) => kindOf(denial.resource ?? "")));
  const bare = kinds.flatMap((kind) => UNTAGGED[kind] ?? []);
  const [first] = bare;
  if (first !== undefined && bare.length === kinds.length) {
    const what = `it asks for the tag ${tag} on ${bare.map((one) => one.what).join(" and on ")}`;
    return { ...(bare.length === 1 ? first : {}), what };
  }
  const has = ({ tags }: Refusal) => tags.some((one) => one.toLowerCase() === tag.toLowerCase());
  const lacking = distinct(
    group.filter((one) => !has(one)).flatMap(({ path }) => (path === undefined ? [] : `${targetPath(path)}.tags`)),
  );
  if (group.every(has)) {
    return {
      what: `it takes another value of the tag ${tag}`,
      helps: `write the tag ${tag} with a value that it takes (and its letters as it has them)`,
    };
  }
  const where = lacking.length === 0 ? "tags of the worker and the target" : lacking.join(" and ");
  return { what: `it asks for the tag ${tag}`, helps: `set ${tag} in ${where}` };
}

/** What such rules mostly ask for, where AWS does not tell. */
function guesses(group: readonly Refusal[]): string[] {
  const isMade = group.some(({ denial }) => /:(Run|Create|Import|Start)/.test(denial.action));
  return isMade
    ? [
        "such a rule mostly asks for a tag, which is set in tags of the worker and the target, or names regions or types; " +
          "where sts:DecodeAuthorizationMessage is granted, it is said here which",
      ]
    : [];
}

function distinct(list: readonly string[]): string[] {
  return unique(list).sort();
}
