import { contract } from "../testing/contract/suite";

contract("openstack", {
  worker: {
    platform: "openstack",
    cloud: "osuosl",
    flavor: "builder",
    network: "general",
    image: "Fedora-Cloud-42",
  },
  target: { platform: "openstack", cloud: "osuosl", boot: { flavor: "builder", network: "general" } },
  jumpHost: ["boot"],
  tagged: true,
  needed: "flavor",
});
