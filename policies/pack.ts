/** The policy pack: `pulumi preview --policy-pack policies`, and the same for `up`. */
import { PolicyPack } from "@pulumi/policy";
import { buildersArePinned } from "./rules/builders-are-pinned";
import { costsAreWithinBudget } from "./rules/costs-are-within-budget";
import { generationsAreFew } from "./rules/generations-are-few";
import { imagesAreCalledByTheScheme } from "./rules/images-are-called-by-the-scheme";
import { imagesAreSharedAsSaid } from "./rules/images-are-shared-as-said";
import { imagesHaveAChecksum } from "./rules/images-have-a-checksum";
import { imagesSayHowTheyStart } from "./rules/images-say-how-they-start";
import { machinesAreOfAllowedKinds } from "./rules/machines-are-of-allowed-kinds";
import { machinesEndByThemselves } from "./rules/machines-end-by-themselves";
import { machinesHaveNoCredentials } from "./rules/machines-have-no-credentials";
import { machinesHaveNoPublicAddress } from "./rules/machines-have-no-public-address";
import { metadataNeedsAToken } from "./rules/metadata-needs-a-token";
import { nobodyIsLetInFromEverywhere } from "./rules/nobody-is-let-in-from-everywhere";
import { pluginsArePinned } from "./rules/plugins-are-pinned";
import { promotingStacksBuildNothing } from "./rules/promoting-stacks-build-nothing";
import { publishedImagesAreBootChecked } from "./rules/published-images-are-boot-checked";
import { resourcesAreOfKnownTypes } from "./rules/resources-are-of-known-types";
import { thingsHaveTheirTags } from "./rules/things-have-their-tags";
import { volumesAreEncrypted } from "./rules/volumes-are-encrypted";
import { workersStartFromKnownOwners } from "./rules/workers-start-from-known-owners";

void new PolicyPack("copr-builders", {
  policies: [
    buildersArePinned,
    costsAreWithinBudget,
    generationsAreFew,
    imagesAreCalledByTheScheme,
    imagesAreSharedAsSaid,
    imagesHaveAChecksum,
    imagesSayHowTheyStart,
    machinesAreOfAllowedKinds,
    machinesEndByThemselves,
    machinesHaveNoCredentials,
    machinesHaveNoPublicAddress,
    metadataNeedsAToken,
    nobodyIsLetInFromEverywhere,
    pluginsArePinned,
    promotingStacksBuildNothing,
    publishedImagesAreBootChecked,
    resourcesAreOfKnownTypes,
    thingsHaveTheirTags,
    volumesAreEncrypted,
    workersStartFromKnownOwners,
  ],
});
