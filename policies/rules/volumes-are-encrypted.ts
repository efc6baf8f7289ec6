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
          `volume ${name} is not encrypted; write kmsKeyId, or switch on encryption by default in the account`,
      ),
});
