/** A program that keeps to every rule (`kind: good`), breaks each of them (`bad`, and
 * `profile`, which the stand-in of the plugin refuses too), or says what is not known yet (`unknown`). */
import { join } from "node:path";

const REPOSITORY = join(__dirname, "..", "..");

export const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import { LibvirtImage } from "${REPOSITORY}/infra/libvirt/provider";
import { IbmMachine } from "${REPOSITORY}/infra/ibm/provider";
import { GlanceImage, NovaMachine } from "${REPOSITORY}/infra/openstack/provider";
import { EphemeralStack, StackIdentity } from "${REPOSITORY}/provider";
import { cloudConfig } from "${REPOSITORY}/infra/cloud-config";

const kind = new pulumi.Config().require("kind");
// As programs read what another stack has made: the engine has a provider of its own for it.
export const outputs = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: "dev" }).then((read) => read.outputs);
const sha256 = "a1".repeat(32);
const owner = { identity: "abcdefgh2345", resource: "r" };
const store = { bucket: "b", region: "r" };
const object = { object: "o", sizeBytes: 1, sha256 };
const imageName = "copr-builder-x86_64-g1-abababab";
const tags = { "copr-builders-owner": owner.identity, CoprPurpose: "builder" };
const user = (minutes: number) =>
  cloudConfig({ authorizedKey: "k", hostPrivateKey: "h", hostPublicKey: "p", powerOffAfterMinutes: minutes });
const us = { region: "us-east-1", skipCredentialsValidation: true, skipRequestingAccountId: true };
const east = { provider: new aws.Provider("us-east-1", us) };

const base = { platform: "aws", region: "us-east-1", instanceType: "c7i.xlarge", subnets: ["subnet-0a"], operatorCidr: "203.0.113.7/32", lifetimeMinutes: 60 };
const worker = (ami: object, more: object = {}) => ({ ...base, ...more, ami });
const build = (name: string, builder: string, spec: object, timeoutMinutes: number) =>
  new EphemeralStack(name, {
    program: "${REPOSITORY}/stacks/worker",
    key: "k",
    config: { job: { worker: spec, builder: { image: builder }, source: { kind: "image", reference: builder } } },
    timeoutMinutes,
  });
const bootCheck = (name: string, imageId: pulumi.Input<string>) =>
  new EphemeralStack(name, { program: "${REPOSITORY}/stacks/boot-check", key: "k", config: { job: { imageId } } });

class Component extends pulumi.ComponentResource {
  constructor(type: string, name: string) {
    super(type, name, {});
  }
}

function machines(name: string, say: pulumi.Input<string>): void {
  new aws.ec2.Instance(name + "-instance", {
    ami: "ami-1", instanceType: "c7i.xlarge", subnetId: "subnet-1", associatePublicIpAddress: false,
    instanceInitiatedShutdownBehavior: "terminate", userData: say, tags,
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    rootBlockDevice: { encrypted: true, volumeSize: 20 },
  }, east);
  new IbmMachine(name + "-ibm", {
    region: "us-east-1", zone: "z", profile: "c7i.xlarge", imageId: "i", vpc: "v", subnet: "s", resourceGroup: "g",
    address: "private", operatorCidr: "203.0.113.7/32", userData: say, identity: owner.identity, physical: "p", tags,
  });
  new NovaMachine(name + "-nova", {
    cloud: { cloud: "us-east-1" }, name: "n", identity: owner.identity, image: "i", flavor: "c7i.xlarge", network: "n",
    securityGroups: ["default"], userData: say,
  });
}

function good(): void {
  machines("good", user(60));
  new aws.ec2.SecurityGroup("good-group", {
    tags, ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["203.0.113.7/32"] }],
  }, east);
  const image = new aws.ec2.Ami("good-ami", {
    name: imageName, architecture: "x86_64", bootMode: "uefi-preferred", imdsSupport: "v2.0", virtualizationType: "hvm",
    rootDeviceName: "/dev/sda1", enaSupport: true, ebsBlockDevices: [{ deviceName: "/dev/sda1", snapshotId: "snap-1", volumeSize: 10 }],
    tags: { ...tags, "disk-sha256": sha256, "build-key": sha256 },
  }, east);
  bootCheck("good-check", image.id);
  new aws.ec2.AmiLaunchPermission("good-share", { imageId: image.id, accountId: "123456789012" }, east);
  build("good-build", "quay.io/b@sha256:" + sha256, worker({ owner: "125523088429", name: "Fedora-*" }, { address: "private" }), 60);
  new Component("builders:index:Generation", "g2");
}

function bad(): void {
  new aws.ec2.Instance("bad-instance", {
    ami: "ami-1", instanceType: "c7i.metal-48xl", associatePublicIpAddress: true,
    metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 2 }, userData: "#cloud-config\\n",
    rootBlockDevice: { volumeSize: 500 },
  }, east);
  new IbmMachine("bad-ibm", {
    region: "eu-es", zone: "z", profile: "bx2-128x512", imageId: "i", vpc: "v", subnet: "s", resourceGroup: "g",
    address: "public", operatorCidr: "0.0.0.0/0", userData: user(6000), identity: owner.identity, physical: "p", tags: {},
  });
  new NovaMachine("bad-nova", {
    cloud: { cloud: "osuosl" }, name: "n", identity: owner.identity, image: "i", flavor: "m1.huge", network: "n",
    securityGroups: ["default"], floatingNetwork: "public", userData: "#cloud-config\\n",
  });
  new aws.ec2.SecurityGroup("bad-group", {
    ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"], ipv6CidrBlocks: ["::/0"] }],
  }, east);
  const image = new aws.ec2.Ami("bad-ami", {
    name: "my-image", architecture: "x86_64", virtualizationType: "hvm", rootDeviceName: "/dev/sda1",
    ebsBlockDevices: [{ deviceName: "/dev/sda1", snapshotId: "snap-1", volumeSize: 200 }], tags,
  }, east);
  new aws.ec2.AmiLaunchPermission("bad-share", { imageId: image.id, group: "all" }, east);
  new aws.ec2.AmiLaunchPermission("bad-account", { imageId: image.id, accountId: "999999999999" }, east);
  new GlanceImage("bad-glance", {
    cloud: { cloud: "osuosl" }, name: imageName, sizeBytes: 1 << 30, sha256, object, store, owner,
    properties: {}, visibility: "public",
  });
  new LibvirtImage("bad-volume", {
    owner, uri: "qemu:///system", pool: "images", sizeBytes: 1024, sha256, store, object, name: imageName,
  });
  build("bad-build", "quay.io/b:latest", worker({ owner: "self", name: "x" }, { instanceType: "c7i.xlarge" }), 1440);
  build("bad-stranger", "quay.io/b@sha256:" + sha256, worker({ owner: "999999999999", name: "x" }), 60);
  new StackIdentity("identity", { reads: { store, owner: owner.identity } });
  new Component("builders:index:Generation", "g1");
  new Component("builders:index:Generation", "g2");
  new Component("mine:index:Backdoor", "bad-component");
  new aws.Provider("bad-version", us, { version: "7.0.0" });
}

switch (kind) {
  case "good":
    good();
    break;
  case "bad":
    bad();
    break;
  case "profile":
    new aws.ec2.Instance("bad-profile", { ami: "ami-1", instanceType: "c7i.xlarge", iamInstanceProfile: "admin" }, east);
    break;
  default: {
    const later = new StackIdentity("later", {}).identity;
    machines("later", later.apply(() => user(60)));
    build("later-build", "quay.io/b@sha256:" + sha256, { ...base, address: "private", ami: later.apply((name) => ({ owner: name, name })) }, 60);
  }
}
`;
