/** What names images, as EC2 says it: ten ids a request, in pages, in each region by itself; and what is said where it says nothing. */
import type { DescribeImageReferencesCommandInput, ImageReference } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import type { Clients } from "./ask";
import { awsUsersOf } from "./users";

const ARN = "arn:aws:ec2:us-east-1:123456789012:launch-template/lt-1";
const template = (ImageId: string): ImageReference => ({ ImageId, ResourceType: "ec2:LaunchTemplate", Arn: ARN });
const user = (imageId: string) => ({ imageId, kind: "launch template", id: ARN });
const ids = (count: number) => Array.from({ length: count }, (_, at) => `ami-${at}`);

/** EC2 with these answers; `asked` gets region and request of each. */
function ec2(answer: (input: DescribeImageReferencesCommandInput) => unknown) {
  const asked: { region: string; input: DescribeImageReferencesCommandInput }[] = [];
  const open = (region: string): Promise<Clients> => {
    const send = ({ input }: { readonly input: DescribeImageReferencesCommandInput }) => {
      asked.push({ region, input });
      const answered = answer(input);
      return answered instanceof Error ? Promise.reject(answered) : Promise.resolve(answered);
    };
    return Promise.resolve({ ec2: { send } } as unknown as Clients);
  };
  return { asked, open };
}

const refusal = (name: string, message = "no") =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 403 } });
const place = { region: "us-east-1" };

describe("what names images", () => {
  it("is asked of everything that EC2 knows of, in the region, ten images at a time, each once", async () => {
    const { asked, open } = ec2(({ ImageIds = [] }) => ({ ImageReferences: ImageIds.slice(0, 1).map(template) }));
    expect(await awsUsersOf({ region: "eu-west-1" }, [...ids(23), "ami-0"], open)).toEqual(
      ["ami-0", "ami-10", "ami-20"].map(user),
    );
    expect(asked.map(({ region }) => region)).toEqual(["eu-west-1", "eu-west-1", "eu-west-1"]);
    expect(asked.map(({ input }) => input.ImageIds?.length)).toEqual([10, 10, 3]);
    expect(asked[0]?.input.IncludeAllResourceTypes).toBe(true);
    // One that has ended needs no image, and EC2 would list it.
    expect(JSON.stringify(asked[0]?.input.ResourceTypes)).not.toMatch(/terminated|shutting-down/);
  });

  it("is read to the last page, and named once", async () => {
    const { asked, open } = ec2(({ NextToken }) =>
      NextToken === undefined
        ? { ImageReferences: [template("ami-0")], NextToken: "more" }
        : { ImageReferences: [template("ami-1"), template("ami-0")] },
    );
    expect(await awsUsersOf(place, ids(2), open)).toEqual([user("ami-0"), user("ami-1")]);
    expect(asked.map(({ input }) => [input.NextToken, input.ImageIds])).toEqual([
      [undefined, ids(2)],
      ["more", ids(2)],
    ]);
  });

  it.each([
    ["ec2:Instance", "instance"],
    ["ssm:Parameter", "parameter"],
    ["imagebuilder:ImageRecipe", "image recipe"],
    ["imagebuilder:ContainerRecipe", "container recipe"],
    ["future:Thing", "future:Thing"],
  ])("may be %s", async (ResourceType, kind) => {
    const { open } = ec2(() => ({ ImageReferences: [{ ImageId: "ami-1", ResourceType, Arn: "arn" }] }));
    expect(await awsUsersOf(place, ["ami-1"], open)).toEqual([{ imageId: "ami-1", kind, id: "arn" }]);
  });

  it("may be nothing", async () => {
    expect(await awsUsersOf(place, ids(2), ec2(() => ({ ImageReferences: [] })).open)).toEqual([]);
    expect(await awsUsersOf(place, ids(2), ec2(() => ({})).open)).toEqual([]);
  });

  it("is not asked of no image, nor where the settings don't mind", async () => {
    const { asked, open } = ec2(() => ({ ImageReferences: [template("ami-0")] }));
    expect(await awsUsersOf(place, [], open)).toEqual([]);
    expect(await awsUsersOf({ ...place, keepNamed: false }, ids(1), open)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("of an image that somebody has deleted is nothing, and of those beside it is told all the same", async () => {
    const { open } = ec2(({ ImageIds = [] }) =>
      ImageIds.includes("ami-1") ? refusal("InvalidAMIID.NotFound") : { ImageReferences: ImageIds.map(template) },
    );
    expect(await awsUsersOf(place, ids(3), open)).toEqual([user("ami-0"), user("ami-2")]);
  });
});

describe("where it can't be told", () => {
  it.each([
    [
      refusal("UnauthorizedOperation", "You are not authorized to perform this operation."),
      /^what names images in us-east-1 can't be told: UnauthorizedOperation: You .* operation; allow ec2:DescribeImageReferences, as "npm run preflight -- --policy" prints it; keepNamed: false/,
    ],
    [
      refusal(
        "UnauthorizedOperation",
        "User: me is not authorized to perform: ssm:DescribeParameters on resource: * because no identity-based policy allows the ssm:DescribeParameters action",
      ),
      /; allow ssm:DescribeParameters, as/,
    ],
    [
      refusal(
        "AccessDenied",
        "User: me is not authorized to perform: ec2:DescribeImageReferences with an explicit deny in a service control policy",
      ),
      /; a rule denies ec2:DescribeImageReferences, and "npm run preflight" says whose; keepNamed: false/,
    ],
    [refusal("InvalidAction", "The action is not valid"), /; EC2 there does not know the question; keepNamed: false/],
    [Object.assign(new Error("no route"), { name: "TimeoutError" }), /no route; see that AWS can be reached/],
  ])("it is said why and what to do: %s", async (error, said) => {
    await expect(awsUsersOf(place, ids(1), ec2(() => error).open)).rejects.toThrow(said);
  });
});
