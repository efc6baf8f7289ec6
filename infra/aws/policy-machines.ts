/** What policies read of an instance, and of what instances are launched from. */
import {
  anything,
  entry,
  flag,
  isSaid,
  label,
  Later,
  lifetime,
  list,
  map,
  maps,
  number,
  text,
  UNKNOWN,
  when,
  type Facts,
  type MachineFacts,
  type Props,
  type Said,
  type VolumeFacts,
} from "../policy-facts";
import { plainText } from "../user-data";
import { tagsOf } from "./policy-tags";

export function instance(props: Props, provider: Props): Facts {
  return {
    machine: {
      ...placeAndType(props, provider),
      ...metadataOf(props["metadataOptions"]),
      // What a launch template gives a machine can't be read here.
      credentials:
        profile(anything(props["iamInstanceProfile"], "an instance profile")) ??
        (isSaid(props["launchTemplate"]) ? "a launch template" : "none"),
      publicAddress: isPublic(props),
      endsByPowerOff: ends(props, marketOf(props)),
    },
    volumes: [
      volume("root", props["rootBlockDevice"]),
      ...maps(props["ebsBlockDevices"]).map((one) => volume(label(one["deviceName"], "a volume"), one)),
    ],
    lifetime: lifetime(isSaid(props["userData"]) ? decodedOnce(props["userData"]) : decoded(props["userDataBase64"])),
    tags: tagsOf(props, provider),
  };
}

/** A request for one on the spot market: left out, the plugin asks for it again and again. */
export function spotRequest(props: Props, provider: Props): Facts {
  const { machine, ...rest } = instance(props, provider);
  const again = text(props["spotType"]) ?? "persistent";
  return { ...rest, ...(machine && { machine: { ...machine, endsByPowerOff: ends(props, again) } }) };
}

export function launchTemplate(props: Props, provider: Props): Facts {
  const networks = props["networkInterfaces"];
  const given = props["iamInstanceProfile"];
  return {
    machine: {
      ...placeAndType(props, provider),
      ...metadataOf(props["metadataOptions"]),
      credentials: isSaid(given)
        ? profile(text(entry(given, "name")) ?? text(entry(given, "arn")) ?? "an instance profile")
        : "none",
      publicAddress: networks instanceof Later ? UNKNOWN : anyIsPublic(isSaid(networks) ? maps(networks) : [{}]),
      endsByPowerOff: ends(props, marketOf(props)),
    },
    volumes: maps(props["blockDeviceMappings"]).map((one) => volume(label(one["deviceName"], "a volume"), one["ebs"])),
    lifetime: lifetime(decoded(props["userData"])),
    tags: tagsOf(props, provider),
  };
}

/** cloud-init takes it compressed too. */
function decoded(base64: unknown): Said<string> {
  return when(text(base64), (known) => plainText(Buffer.from(known, "base64")));
}

/** The plugin leaves what is base64 already as it is. */
function decodedOnce(userData: unknown): Said<string> {
  return when(text(userData), (known) => (/^[\w+/=\s]+$/.test(known) ? decoded(known) : known));
}

function placeAndType(props: Props, provider: Props): Pick<MachineFacts, "type" | "place"> {
  return { type: text(props["instanceType"]), place: text(props["region"]) ?? text(provider["region"]) };
}

/** One of an account may be called "none", which says here that there is none. */
function profile<T extends Said<string>>(name: T): T | string {
  return name === "none" ? 'an instance profile "none"' : name;
}

function anyIsPublic(networks: readonly Props[]): Said<boolean> {
  return anyOf(networks.map(isPublic));
}

function anyOf(all: readonly Said<boolean>[]): Said<boolean> {
  return all.includes(true) ? true : (all.find((one) => one instanceof Later) ?? false);
}

/** Left out, the subnet decides: nobody who reads the program can tell. Every address of IPv6 is a public one. */
function isPublic(network: Props): Said<boolean> {
  const { associatePublicIpAddress, ipv6AddressCount, ipv6Addresses } = network;
  const all: Said<boolean>[] = [
    flag(associatePublicIpAddress) ?? true,
    when(number(ipv6AddressCount), (count) => count !== 0),
    ipv6Addresses instanceof Later ? UNKNOWN : list(ipv6Addresses).length > 0,
  ];
  return anyOf(all);
}

function marketOf(props: Props): Said<string> {
  return text(entry(entry(props["instanceMarketOptions"], "spotOptions"), "spotInstanceType"));
}

/** A request that persists has another instance started once this one is gone. */
function ends(props: Props, spotType: Said<string>): Said<boolean> {
  const how = text(props["instanceInitiatedShutdownBehavior"]) ?? "stop";
  if (how instanceof Later || spotType instanceof Later) return UNKNOWN;
  return how === "terminate" && spotType !== "persistent";
}

/**
 * Source: EC2 user guide, "Configure the instance metadata options": without `required`, requests without a token are answered;
 * left out, the hops are as the account says, else two for an image that asks for version 2.
 */
function metadataOf(options: unknown): Pick<MachineFacts, "metadata" | "metadataHops"> {
  if (options instanceof Later) return { metadata: options, metadataHops: options };
  const { httpEndpoint, httpTokens, httpPutResponseHopLimit } = map(options);
  if (httpEndpoint === "disabled") return { metadata: "none" };
  return {
    metadata: when(text(httpTokens) ?? "optional", (tokens) => (tokens === "required" ? "token" : "open")),
    metadataHops: number(httpPutResponseHopLimit) ?? 2,
  };
}

export function volume(name: string, props: unknown): VolumeFacts {
  const encrypted = flag(entry(props, "encrypted")) ?? false;
  return {
    name,
    encryption: when(encrypted, (is) => (is ? "yes" : "no")),
    gib: number(entry(props, "volumeSize") ?? entry(props, "size")),
  };
}
