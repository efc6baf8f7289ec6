/** What in the account names AMIs: EC2 answers for itself, for parameters of SSM and for recipes of Image Builder. */
import type { DescribeImageReferencesCommandInput, ImageReference } from "@aws-sdk/client-ec2";
import { nameOf } from "./clients";
import type { Ec2 } from "./images";
import { allPages } from "./pages";

/** What is asked. Source of all this: EC2 user guide, "Identify your resources referencing specified AMIs". */
export const USERS_ACTION = "ec2:DescribeImageReferences";

/** What EC2 reads for the answer in the caller's name, beside instances, which everybody here may read anyway. */
export const USERS_ACTIONS = [
  "ec2:DescribeLaunchTemplateVersions",
  "ec2:DescribeLaunchTemplates",
  "imagebuilder:GetContainerRecipe",
  "imagebuilder:ListContainerRecipes",
  "imagebuilder:ListImageRecipes",
  "ssm:DescribeParameters",
  "ssm:GetParameters",
] as const;

/** Value of `aws:CalledVia` when it does: nobody else reads by these permissions. */
export const USERS_SERVICE = "ec2-images.amazonaws.com";

/** So many images a request may ask about. Source: EC2 API reference, DescribeImageReferences. */
const IMAGES = 10;

/** Of instances; those that have ended are listed for an hour, and need no image any more. */
const LIVING = ["pending", "running", "stopping", "stopped"];

/** Everything that may name an image; of a launch template its ten newest versions, which is EC2's own choice. */
export const EVERYTHING = {
  IncludeAllResourceTypes: true,
  ResourceTypes: [
    { ResourceType: "ec2:Instance", ResourceTypeOptions: [{ OptionName: "state-name", OptionValues: LIVING }] },
  ],
} satisfies Partial<DescribeImageReferencesCommandInput>;

/** One that names an image. */
export interface AwsImageUser {
  readonly imageId: string;
  readonly kind: string;
  /** ARN. */
  readonly id: string;
}

/** What names any of these images, each pair once. */
export async function imageUsers(client: Ec2, imageIds: readonly string[]): Promise<readonly AwsImageUser[]> {
  const ids = [...new Set(imageIds)];
  const chunks = Array.from({ length: Math.ceil(ids.length / IMAGES) }, (_, at) =>
    ids.slice(at * IMAGES, (at + 1) * IMAGES),
  );
  const found = (await Promise.all(chunks.map((chunk) => references(client, chunk)))).flat();
  const users = found.map(({ ImageId: imageId = "", ResourceType = "", Arn: id = "" }) => {
    return { imageId, kind: KINDS[ResourceType] ?? ResourceType, id };
  });
  return [...new Map(users.map((user) => [`${user.imageId} ${user.id}`, user])).values()];
}

const KINDS: Readonly<Record<string, string | undefined>> = {
  "ec2:Instance": "instance",
  "ec2:LaunchTemplate": "launch template",
  "ssm:Parameter": "parameter",
  "imagebuilder:ContainerRecipe": "container recipe",
  "imagebuilder:ImageRecipe": "image recipe",
};

/** One that is gone may be refused in the name of all: then each is asked about by itself, and nobody misses what is gone. */
async function references(client: Ec2, ImageIds: string[]): Promise<ImageReference[]> {
  const { DescribeImageReferencesCommand } = await import("@aws-sdk/client-ec2");
  try {
    return await allPages(
      (next) => client.send(new DescribeImageReferencesCommand({ ImageIds, ...EVERYTHING, ...next })),
      ({ ImageReferences }) => ImageReferences,
    );
  } catch (error) {
    if (!/^InvalidAMIID\.(NotFound|Unavailable)$/.test(nameOf(error))) throw error;
    if (ImageIds.length === 1) return [];
    return (await Promise.all(ImageIds.map((id) => references(client, [id])))).flat();
  }
}
