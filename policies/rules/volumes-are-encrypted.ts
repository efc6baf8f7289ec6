/** Where an account asks for it: what a build had on its disk is nobody's to read once the disk is the cloud's again. */
import { rule } from "../rule";

export const volumesAreEncrypted = rule({
  name: "volumes-are-encrypted",
  description: "Volumes of temporary machines are encrypted.",
  level: "advisory",
  problems: ({ volumes = [] }) =>
    volumes
      .filter(({ encryption }) => encryption === "no")
      .map(
        ({ name }) =>
          `volume ${name} does not say that it is encrypted; write encrypted: true, with kmsKeyId for a key of your own. Where the ` +
          "account has EBS encryption by default, which no program shows, it is encrypted all the same: disable this rule there",
      ),
});
