/** In which order test files run: a long one that begins last has a core to itself at the end, and the other cores nothing. */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The longest first. A fresh clone knows no times yet, and the size of a file says nothing of them. */
export const LONG: readonly string[] = [
  "tests/ownership/cuts.engine.test.ts",
  "tests/ownership/places.engine.test.ts",
  "tests/openstack/services.engine.test.ts",
  "tests/ownership/users.engine.test.ts",
  "tests/ownership/life.engine.test.ts",
  "tests/ownership/signatures.engine.test.ts",
  "provider/ephemeral-stack/outcomes.engine.test.ts",
  "tests/ownership/readers.engine.test.ts",
  "provider/ephemeral-stack/interrupted.engine.test.ts",
  "tests/e2e/aws-life.test.ts",
  "tests/e2e/aws-images.test.ts",
  "tests/ownership/secrets.engine.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.indexOf(relative(this.ctx.config.root, moduleId));
      return at === -1 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
