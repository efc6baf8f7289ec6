/** Ways to write a thing, and what tries them on a rule. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { expect, it } from "vitest";
import { problems, type Asked } from "./problems";

export const INSTANCE = "aws:ec2/instance:Instance";
export const GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
export const SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest";
export const AMI = "aws:ec2/ami:Ami";
export const SHARE = "aws:ec2/amiLaunchPermission:AmiLaunchPermission";
export const GLANCE = "builders:index:GlanceImage";
export const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
export const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const HEX = "a1".repeat(32);
export const OWNER = { "copr-builders-owner": "abcdefgh2345" };
export const SSH = { protocol: "tcp", fromPort: 22, toPort: 22 };
export const EIGHTHS = Array.from({ length: 40 }, (_, index) => `${20 + index}.0.0.0/8`);

export const group = (...ingress: object[]) => ({ type: GROUP, props: { ingress } });
export const machine = (props: object) => ({ type: INSTANCE, props });
export const ofType = (type: string, props: object) => ({ type, props });
export const userData = (text: string) => Buffer.from(text).toString("base64");
export const timer = (minutes: number) =>
  `systemd-run --unit=copr-builders-end --on-active=${minutes}min systemctl poweroff`;
export const worker = {
  ...{ platform: "aws", region: "us-east-1", instanceType: "c7i.xlarge", operatorCidr: "203.0.113.7/32" },
  ...{ lifetimeMinutes: 60, ami: { owner: "125523088429", name: "Fedora-*" }, diskGib: 20, scratchGib: 40 },
};
export const job = (more: object, spares: readonly object[] = []) =>
  ofType("builders:index:EphemeralStack", { config: { job: { worker: { ...worker, ...more }, spares } } });

type Case = readonly [what: string, asked: Asked, says: string | undefined, options?: object];

/** @param cases `says` is what a problem says of it; undefined: it keeps to the rule */
export function tried(rule: ResourceValidationPolicy, cases: readonly Case[]): void {
  for (const [what, asked, says, options] of cases)
    it(`${rule.name}: ${what}`, async () => {
      expect(await problems(rule, asked, options)).toEqual(says === undefined ? [] : [expect.stringContaining(says)]);
    });
}
