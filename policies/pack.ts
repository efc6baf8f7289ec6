/** The policy pack: `pulumi preview --policy-pack policies`, and the same for `up`. */
import { PolicyPack } from "@pulumi/policy";
import { publishedImagesAreBootChecked } from "./published-images-are-boot-checked";

void new PolicyPack("copr-builders", { policies: [publishedImagesAreBootChecked] });
