/** `aws:ec2/securityGroup:SecurityGroup`, with its rules inline. */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { ec2Arn } from "./arn";
import { codeOf, found, wasRetried } from "./errors";
import type { Call, ResourceKind } from "./kind";
import { removeUnused } from "./remove";
import { grantsIn, grantsOf, missing, ruleInput, rulesOf, toPermission, type Grant, type Rule } from "./rules";
import { regionInput, tagsInput } from "./schemas";
import { fromList, tagSpecification } from "./tags";
import { until, VISIBLE_MS } from "./wait";

const DELETE_MINUTES = 15;

const schema = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  vpcId: z.string().optional(),
  ingress: z.array(ruleInput).optional(),
  egress: z.array(ruleInput).optional(),
  region: regionInput,
  tags: tagsInput,
});
type Inputs = z.infer<typeof schema>;

async function describe(id: string, call: Call) {
  const command = new DescribeSecurityGroupsCommand({ GroupIds: [id] });
  return (await found(call.ec2.send(command)))?.SecurityGroups?.[0];
}

/** The id of the group of that name: an earlier attempt's, whose answer was lost. */
async function madeBefore({ name, vpcId }: Inputs, call: Call): Promise<string | undefined> {
  const Filters = [
    { Name: "group-name", Values: [name] },
    ...(vpcId === undefined ? [] : [{ Name: "vpc-id", Values: [vpcId] }]),
  ];
  const { SecurityGroups } = await call.ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  return SecurityGroups?.[0]?.GroupId;
}

type Direction = {
  readonly there: readonly IpPermission[];
  readonly wanted: readonly Rule[];
  readonly revoke: (permissions: IpPermission[]) => Promise<unknown>;
  readonly authorize: (permissions: IpPermission[]) => Promise<unknown>;
};

/** What is too much goes first: a rule that only changed its description clashes with itself. */
async function arrange(id: string, { there, wanted, revoke, authorize }: Direction): Promise<void> {
  const [before, after] = [grantsIn(there), grantsOf(wanted, id)];
  const apply = async (grants: readonly Grant[], send: Direction["revoke"]) => {
    if (grants.length > 0) await send(grants.map(toPermission));
  };
  await apply(missing(before, after), revoke);
  await apply(missing(after, before), authorize);
}

export const securityGroup: ResourceKind<Inputs> = {
  schema,
  defaults: (news) => ("description" in news ? {} : { description: "Managed by Pulumi" }),
  nameProperty: "name",
  updatable: ["ingress", "egress"],
  tagged: true,
  computed: ["arn", "ownerId", "vpcId", "ingress", "egress"],
  start: async (inputs, call) => {
    const { name, description, vpcId, tags } = inputs;
    const command = new CreateSecurityGroupCommand({
      GroupName: name,
      Description: description,
      ...(vpcId !== undefined && { VpcId: vpcId }),
      TagSpecifications: tagSpecification("security-group", { ...call.defaultTags, ...tags }),
    });
    let id: string | undefined;
    try {
      id = (await call.ec2.send(command)).GroupId;
    } catch (error) {
      if (codeOf(error) !== "InvalidGroup.Duplicate" || !wasRetried(error)) throw error;
      const what = `security group ${name}, made by an attempt whose answer was lost`;
      id = await until({ what, timeoutMs: VISIBLE_MS }, call, () => madeBefore(inputs, call));
    }
    if (id === undefined) throw new Error(`CreateSecurityGroup of ${name} gave no id`);
    return id;
  },
  // EC2 gives each group rules that let everything out: they go, declared or not. Of IPv6 there may be none.
  finish: async (id, _inputs, call) => {
    const what = `security group ${id} to be known everywhere`;
    await until({ what, timeoutMs: VISIBLE_MS, agreeing: 3 }, call, () => describe(id, call));
    const everything = { IpProtocol: "-1", FromPort: 0, ToPort: 0 };
    const revoke = (rule: IpPermission) =>
      call.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: [{ ...everything, ...rule }] }));
    await revoke({ IpRanges: [{ CidrIp: "0.0.0.0/0" }] });
    try {
      await revoke({ Ipv6Ranges: [{ CidrIpv6: "::/0" }] });
    } catch (error) {
      if (codeOf(error) !== "InvalidPermission.NotFound") throw error;
    }
  },
  settle: async (id, { ingress, egress }, call) => {
    const group = await describe(id, call);
    if (group === undefined) throw new Error(`security group ${id} is not to be found`);
    const { ec2 } = call;
    if (ingress !== undefined) {
      await arrange(id, {
        there: group.IpPermissions ?? [],
        wanted: ingress,
        revoke: (IpPermissions) => ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: id, IpPermissions })),
        authorize: (IpPermissions) =>
          ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions })),
      });
    }
    await arrange(id, {
      there: group.IpPermissionsEgress ?? [],
      wanted: egress ?? [],
      revoke: (IpPermissions) => ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions })),
      authorize: (IpPermissions) => ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: id, IpPermissions })),
    });
  },
  look: async (id, call) => {
    const group = await describe(id, call);
    if (group === undefined) return undefined;
    return {
      arn: ec2Arn(call.region, group.OwnerId ?? "", `security-group/${id}`),
      description: group.Description,
      egress: rulesOf(grantsIn(group.IpPermissionsEgress ?? []), id),
      ingress: rulesOf(grantsIn(group.IpPermissions ?? []), id),
      name: group.GroupName,
      ownerId: group.OwnerId,
      vpcId: group.VpcId,
      tagsAll: fromList(group.Tags),
    };
  },
  remove: async (id, _state, call) => {
    // The official plugin looks for interfaces that services left, and detaches those: here are none.
    const Filters = [{ Name: "group-id", Values: [id] }];
    await call.ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
    await removeUnused(
      {
        name: `security group ${id}`,
        timeoutMs: call.timeoutMs(DELETE_MINUTES),
        // Network interfaces of ended instances hold it a little longer.
        inUse: "DependencyViolation",
        remove: () => call.ec2.send(new DeleteSecurityGroupCommand({ GroupId: id })),
      },
      call,
    );
    await until({ what: `security group ${id} to go`, timeoutMs: VISIBLE_MS }, call, async () =>
      (await describe(id, call)) === undefined ? true : undefined,
    );
  },
};
