import { expect, it } from "vitest";
import { UNKNOWN, type Props } from "../policy-facts";
import { policyView } from "./policy-view";

const factsOf = (type: string, props: Props) => policyView.types[type]?.(props, {});
const machine = (props: Props) => factsOf("aws:ec2/instance:Instance", props)?.machine;

it("takes nothing for said of metadata that is left out, and none that is switched off for open", () => {
  const required = { httpTokens: "required" };
  expect(machine({ metadataOptions: required })).toMatchObject({ metadata: "token", metadataHops: 2 });
  expect(machine({ metadataOptions: { ...required, httpPutResponseHopLimit: 1 } })).toMatchObject({ metadataHops: 1 });
  expect(machine({})).toMatchObject({ metadata: "open" });
  const off = machine({ metadataOptions: { httpEndpoint: "disabled", httpPutResponseHopLimit: 2 } });
  expect(off).toMatchObject({ metadata: "none" });
  expect(off).not.toHaveProperty("metadataHops");
  expect(machine({ metadataOptions: UNKNOWN })).toMatchObject({ metadata: UNKNOWN, metadataHops: UNKNOWN });
});

it("believes no machine to have no credentials that a launch template is used for", () => {
  expect(machine({})).toMatchObject({ credentials: "none" });
  expect(machine({ launchTemplate: { id: "lt-1" } })).toMatchObject({ credentials: "a launch template" });
  expect(machine({ launchTemplate: { id: "lt-1" }, iamInstanceProfile: "p" })).toMatchObject({ credentials: "p" });
});

it("sees an image that a whole unit of an organization may start", () => {
  const organizationalUnitArn = "arn:aws:organizations::123456789012:ou/o-1/ou-1";
  expect(factsOf("aws:ec2/amiLaunchPermission:AmiLaunchPermission", { organizationalUnitArn })).toEqual({
    sharedWith: organizationalUnitArn,
  });
});
