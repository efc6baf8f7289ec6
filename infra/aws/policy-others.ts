/** What else of EC2 rules are about: none of it is declared here, and a stack that lets it in is held to the rules all the same. */
import { anything, maps, type PolicyView } from "../policy-facts";
import { ingress, ruleOfGroup } from "./policy-ingress";
import { launchTemplate, spotRequest, volume } from "./policy-machines";
import { tagsOf } from "./policy-tags";

const ADDRESS = { machine: { publicAddress: true } };

export const others: NonNullable<PolicyView["others"]> = {
  "aws:ebs/volume:Volume": (props, provider) => ({ volumes: [volume("itself", props)], tags: tagsOf(props, provider) }),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": (props, provider) => ({
    ingress: maps(props["ingress"]).flatMap(ingress),
    tags: tagsOf(props, provider),
  }),
  "aws:ec2/eip:Eip": (props, provider) => ({ ...ADDRESS, tags: tagsOf(props, provider) }),
  "aws:ec2/eipAssociation:EipAssociation": () => ADDRESS,
  "aws:ec2/launchTemplate:LaunchTemplate": launchTemplate,
  "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": ({ accountId }) => ({
    sharedWith: anything(accountId, "an account"),
  }),
  "aws:ec2/securityGroupRule:SecurityGroupRule": (props) => ({ ingress: ruleOfGroup(props) }),
  "aws:ec2/spotInstanceRequest:SpotInstanceRequest": spotRequest,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (props, provider) => ({
    ingress: ingress(props),
    tags: tagsOf(props, provider),
  }),
};
