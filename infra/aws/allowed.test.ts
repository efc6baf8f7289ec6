/** Why a stock image is not found in an account that allows some images alone. */
import { expect, it } from "vitest";
import { allowedImages, hiddenBy, type AllowedImages } from "./allowed";

const OWNER = "125523088429";
const wanted = { owner: OWNER, name: "Fedora-*" };
const because = (criteria: AllowedImages["criteria"], isDeclared = false) =>
  hiddenBy({ criteria, isDeclared }, wanted, "us-east-1");
const hidden = (why: string) =>
  `the Allowed AMIs of the account in us-east-1 ${why}: Fedora-* is hidden, if it is there`;

it.each<[string, AllowedImages["criteria"], string]>([
  ["its owner", [{ ImageProviders: ["210987654321"] }], `admit images of 210987654321, and none of ${OWNER}`],
  ["everything", [], `admit images of nobody, and none of ${OWNER}`],
  ["its name", [{ ImageProviders: [OWNER], ImageNames: ["RHEL-*"] }], `admit of ${OWNER} only images named RHEL-*`],
  [
    "its age, in one criterion, and its name in another",
    [
      { CreationDateCondition: { MaximumDaysSinceCreated: 300 } },
      { ImageProviders: ["amazon"], ImageNames: ["al2023-*"] },
    ],
    `admit of ${OWNER} only images not older than 300 days, or images named al2023-*`,
  ],
])("%s is said", (_, criteria, why) => {
  expect(because(criteria)).toEqual({
    problem: hidden(why),
    remedy: expect.stringContaining("replace-image-criteria-in-allowed-images-settings --region us-east-1"),
  });
});

it("what an organization declares is the organization's to change", () => {
  expect(because([], true)?.remedy).toMatch(/declarative policy of the organization .* ask who administers it/);
});

it("what a criterion admits as a whole is not hidden", () => {
  expect(because([{ ImageProviders: ["210987654321"] }, { ImageProviders: [OWNER] }])).toBeUndefined();
  expect(because([{ ImageProviders: ["amazon"] }, {}])).toBeUndefined();
});

it("a name that stands for accounts may leave the owner out", () => {
  const why = `admit images of amazon, aws-marketplace, and ${OWNER} may be none of these`;
  expect(because([{ ImageProviders: ["amazon", "aws-marketplace"] }])?.problem).toBe(hidden(why));
});

it("only what is switched on hides anything; who may not ask knows nothing of it", async () => {
  const asked = (answer: object) => {
    const send = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
    return allowedImages({ send });
  };
  const criteria = [{ ImageProviders: [OWNER] }];
  const settings = { ImageCriteria: criteria, ManagedBy: "declarative-policy" };
  expect(await asked({ State: "enabled", ...settings })).toEqual({ criteria, isDeclared: true });
  for (const State of ["audit-mode", "disabled"]) expect(await asked({ State, ...settings })).toBeUndefined();
  const denied = Object.assign(new Error("no"), { name: "UnauthorizedOperation", $metadata: { httpStatusCode: 403 } });
  expect(await asked(denied)).toBeUndefined();
  await expect(asked(new Error("ECONNREFUSED"))).rejects.toThrow("ECONNREFUSED");
});
