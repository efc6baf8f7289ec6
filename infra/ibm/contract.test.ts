import { contract } from "../testing/contract/suite";

const boot = { zone: "us-east-1", vpc: "builders", subnet: "builders-us-east-1" };

contract("ibm", {
  worker: {
    platform: "ibm",
    region: "us-east",
    zone: "us-east-1",
    image: "ibm-fedora-42-base-s390x-1",
    vpc: "builders",
    subnet: "builders-us-east-1",
    resourceGroup: "Default",
    operatorCidr: "203.0.113.7/32",
  },
  target: {
    platform: "ibm",
    regions: [
      { name: "us-east", boot },
      { name: "br-sao", boot: { ...boot, zone: "br-sao-1" } },
    ],
    bucket: { name: "builders", region: "us-east" },
    resourceGroup: "Default",
    operatorCidr: "203.0.113.7/32",
    operatingSystem: "fedora-42-s390x",
  },
  jumpHost: ["regions", 0, "boot"],
  tagged: true,
  needed: "zone",
});
