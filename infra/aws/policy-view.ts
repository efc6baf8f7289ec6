/** What policies read from the resources that this room declares, as the official plugin takes their inputs. */
import { BUILD_TAG } from "../../provider/owner";
import { addressFor } from "../jump-host";
import {
  buildKey,
  label,
  Later,
  maps,
  nothing,
  number,
  text,
  type Facts,
  type ImageFacts,
  type PolicyView,
  type Props,
} from "../policy-facts";
import { ingress } from "./policy-ingress";
import { instance } from "./policy-machines";
import { others } from "./policy-others";
import { tagsOf } from "./policy-tags";
import type { AwsWorker } from "./settings";

export const policyView: PolicyView<AwsWorker> = {
  types: {
    "aws:ec2/instance:Instance": instance,
    "aws:ec2/securityGroup:SecurityGroup": (props, provider) => ({
      ingress: maps(props["ingress"]).flatMap(ingress),
      tags: tagsOf(props, provider),
    }),
    "aws:ec2/keyPair:KeyPair": (props, provider) => ({ tags: tagsOf(props, provider) }),
    "aws:ec2/ami:Ami": (props, provider) => image(props, provider, { says: says(props), gib: gib(props) }),
    "aws:ec2/amiCopy:AmiCopy": (props, provider) => image(props, provider, { says: {} }),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": sharing,
    "builders:aws:Machine": nothing,
    "builders:index:AwsImageName": nothing,
    "builders:index:AwsImageReady": nothing,
    "builders:index:AwsSweep": nothing,
    "builders:index:EbsCredentials": nothing,
    "builders:index:EbsSnapshot": nothing,
    "builders:index:EbsUpload": nothing,
  },
  others: {
    ...others,
    "aws:ec2/amiFromInstance:AmiFromInstance": (props, provider) => image(props, provider, { says: {} }),
  },
  base: ({ ami: { owner, name } }) => ({ kind: "image", owner, name }),
  worker: (spec) => ({
    machine: { type: spec.instanceType, place: spec.region, publicAddress: addressFor(spec) === "public" },
    volumes: [
      { name: "root", gib: spec.diskGib },
      { name: "scratch", gib: spec.scratchGib },
    ],
    ...(spec.securityGroups === undefined && { ingress: [{ ports: "22", from: spec.operatorCidr }] }),
    lifetime: { minutes: spec.lifetimeMinutes },
  }),
};

function image(props: Props, provider: Props, own: Pick<ImageFacts, "says" | "gib">): Facts {
  const tags = tagsOf(props, provider);
  const tag = (key: string) => (tags instanceof Later ? tags : tags[key]);
  const common = { name: text(props["name"]), checksum: tag("disk-sha256"), build: buildKey(tag(BUILD_TAG)) };
  return { image: { ...common, ...own }, tags };
}

function says(props: Props) {
  return {
    architecture: text(props["architecture"]),
    bootMode: text(props["bootMode"]),
    imdsSupport: text(props["imdsSupport"]),
    virtualizationType: text(props["virtualizationType"]),
    rootDeviceName: text(props["rootDeviceName"]),
  };
}

/** Each volume of it is a snapshot. */
function gib(props: Props): ReturnType<typeof number> {
  const all = props["ebsBlockDevices"];
  if (all instanceof Later) return all;
  const sizes = maps(all).map((one) => number(one["volumeSize"]));
  const later = sizes.find((size) => size instanceof Later);
  return (
    later ??
    sizes.reduce<number | undefined>(
      (total, size) => (typeof size === "number" ? size + (total ?? 0) : total),
      undefined,
    )
  );
}

function sharing({ accountId, group, organizationArn, organizationalUnitArn }: Props): Facts {
  const whom = [group, accountId, organizationArn, organizationalUnitArn].find((one) => one !== undefined);
  return { sharedWith: text(whom) ?? label(whom, "somebody") };
}
