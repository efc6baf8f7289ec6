/** The types of resources that this plugin serves. */
import { ami } from "./ami";
import { amiCopy } from "./ami-copy";
import { amiLaunchPermission } from "./ami-launch-permission";
import { instance } from "./instance";
import { keyPair } from "./key-pair";
import type { ResourceKind, Values } from "./kind";
import { securityGroup } from "./security-group";

/** Inputs are read by the kind's own schema before they are given to it. */
function anyKind<I extends Values>(kind: ResourceKind<I>): ResourceKind {
  const inputs = (values: Values): I => kind.schema.parse(values);
  return {
    ...kind,
    start: (values, call) => kind.start(inputs(values), call),
    finish: (id, values, call) => kind.finish?.(id, inputs(values), call) ?? Promise.resolve(),
    settle: (id, values, call) => kind.settle(id, inputs(values), call),
    change: (id, values, changed, call) => kind.change?.(id, inputs(values), changed, call) ?? Promise.resolve(),
  };
}

export const RESOURCES: Readonly<Record<string, ResourceKind>> = {
  "aws:ec2/ami:Ami": anyKind(ami),
  "aws:ec2/amiCopy:AmiCopy": anyKind(amiCopy),
  "aws:ec2/amiLaunchPermission:AmiLaunchPermission": anyKind(amiLaunchPermission),
  "aws:ec2/instance:Instance": anyKind(instance),
  "aws:ec2/keyPair:KeyPair": anyKind(keyPair),
  "aws:ec2/securityGroup:SecurityGroup": anyKind(securityGroup),
};
