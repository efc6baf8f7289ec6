/** What a request asks of IAM: each action with each thing that it touches, and the keys that conditions look at. */
import type { RunInstancesCommandInput, TagSpecification } from "@aws-sdk/client-ec2";
import type { ContextEntry } from "@aws-sdk/client-iam";
import { partition } from "../../infra/aws/provider/region";
import type { Question } from "./policy-document";

export interface Asked {
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
}

type Keys = Readonly<Record<string, readonly string[]>>;

/** What the account has, as far as conditions look at it. */
export interface Known {
  readonly subnet: (id: string) => { readonly VpcId?: string; readonly AvailabilityZone?: string } | undefined;
  /** Of the stock image. */
  readonly owner?: string;
}

/** @param account of the caller, whose things are made */
export function questionsOf(asked: Asked, account: string, known: Known): Question[] {
  const { service, action: name, region, input } = asked;
  const action = `${service}:${name}`;
  const common: Keys = { "aws:RequestedRegion": [region], "ec2:Region": [region] };
  const question = (resource: string, ...keys: readonly Keys[]): Question => ({
    action,
    resource,
    context: context(common, ...keys),
  });
  if (service !== "ec2") return [question(typeof input["RoleArn"] === "string" ? input["RoleArn"] : "*")];
  const arn = (kind: string, id: string): string =>
    `arn:${partition(region)}:ec2:${region}:${/^(image|snapshot)$/.test(kind) ? "" : account}:${kind}/${id}`;
  const tags = tagsByKind(input["TagSpecifications"] as readonly TagSpecification[] | undefined);
  const tagging = [...tags].map(([kind, keys]): Question => ({
    ...{ action: "ec2:CreateTags", resource: arn(kind, "*") },
    context: context(common, keys, { "ec2:CreateAction": [name] }),
  }));
  switch (name) {
    case "RunInstances":
      return [
        ...runQuestions(input as unknown as RunInstancesCommandInput, { arn, tags, question, known }),
        ...tagging,
      ];
    case "ImportKeyPair":
      return [question(arn("key-pair", String(input["KeyName"])), tags.get("key-pair") ?? {}), ...tagging];
    case "CreateSecurityGroup":
      return [
        question(arn("security-group", "*"), tags.get("security-group") ?? {}),
        question(arn("vpc", String(input["VpcId"]))),
        ...tagging,
      ];
    case "CopyImage":
      return [question(arn("image", "*")), question(arn("snapshot", "*"))];
    default:
      return [question("*")];
  }
}

interface Asking {
  readonly arn: (kind: string, id: string) => string;
  readonly tags: ReadonlyMap<string, Keys>;
  readonly question: (resource: string, ...keys: readonly Keys[]) => Question;
  readonly known: Known;
}

function runQuestions(input: RunInstancesCommandInput, { arn, tags, question, known }: Asking): Question[] {
  const { MetadataOptions: metadata = {}, InstanceMarketOptions: market, NetworkInterfaces = [] } = input;
  const instance: Keys = {
    "ec2:InstanceType": [String(input.InstanceType)],
    ...(metadata.HttpTokens ? { "ec2:MetadataHttpTokens": [metadata.HttpTokens] } : {}),
    ...(metadata.HttpEndpoint ? { "ec2:MetadataHttpEndpoint": [metadata.HttpEndpoint] } : {}),
    ...(metadata.HttpPutResponseHopLimit
      ? { "ec2:MetadataHttpPutResponseHopLimit": [String(metadata.HttpPutResponseHopLimit)] }
      : {}),
    "ec2:InstanceMarketType": [market?.MarketType ?? "on-demand"],
    "ec2:Tenancy": ["default"],
    "ec2:RootDeviceType": ["ebs"],
    "ec2:IsLaunchTemplateResource": ["false"],
  };
  const volumes = (input.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => (Ebs ? [Ebs] : []));
  const ofVolume = (volume: (typeof volumes)[number]): Keys => ({
    "ec2:Encrypted": [String(volume.Encrypted ?? false)],
    ...(volume.VolumeType ? { "ec2:VolumeType": [volume.VolumeType] } : {}),
    ...(volume.VolumeSize ? { "ec2:VolumeSize": [String(volume.VolumeSize)] } : {}),
  });
  // The image's own root volume is made too where none is said.
  const made = volumes.length === 0 ? [{}] : volumes.map(ofVolume);
  const faces = NetworkInterfaces.length === 0 ? [{ SubnetId: input.SubnetId }] : NetworkInterfaces;
  const place = known.subnet(String(faces[0]?.SubnetId));
  const zone: Keys = place?.AvailabilityZone === undefined ? {} : { "ec2:AvailabilityZone": [place.AvailabilityZone] };
  const network: Keys = place?.VpcId === undefined ? zone : { ...zone, "ec2:Vpc": [arn("vpc", place.VpcId)] };
  return [
    question(arn("instance", "*"), instance, zone, tags.get("instance") ?? {}),
    ...made.map((keys) => question(arn("volume", "*"), keys, zone, tags.get("volume") ?? {})),
    ...faces.flatMap((face) => [
      question(arn("network-interface", "*"), network, {
        "ec2:Subnet": [arn("subnet", String(face.SubnetId))],
        "ec2:AssociatePublicIpAddress": [
          String("AssociatePublicIpAddress" in face ? (face.AssociatePublicIpAddress ?? false) : false),
        ],
      }),
      question(arn("subnet", String(face.SubnetId)), network, {
        "ec2:Subnet": [arn("subnet", String(face.SubnetId))],
        "ec2:SubnetID": [String(face.SubnetId)],
      }),
    ]),
    question(arn("image", String(input.ImageId)), {
      "ec2:ImageID": [String(input.ImageId)],
      "ec2:RootDeviceType": ["ebs"],
      ...(known.owner === undefined ? {} : { "ec2:Owner": [known.owner] }),
    }),
    ...(market?.MarketType === "spot" ? [question(arn("spot-instances-request", "*"))] : []),
  ];
}

/** What IAM is asked to imagine. */
export function simulatedQuestion(action: string, resource: string, entries: readonly ContextEntry[]): Question {
  const keys = entries.map(
    ({ ContextKeyName = "", ContextKeyValues = [] }) => [ContextKeyName, ContextKeyValues] as const,
  );
  return { action, resource, context: context(Object.fromEntries(keys)) };
}

function tagsByKind(specifications: readonly TagSpecification[] = []): Map<string, Keys> {
  return new Map(
    specifications.map(({ ResourceType = "", Tags = [] }) => {
      const keys = Tags.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, [Value]] as const);
      return [ResourceType, { ...Object.fromEntries(keys), "aws:TagKeys": Tags.map(({ Key = "" }) => Key) }];
    }),
  );
}

function context(...all: readonly Keys[]): Map<string, readonly string[]> {
  return new Map(all.flatMap((keys) => Object.entries(keys)).map(([key, list]) => [key.toLowerCase(), list]));
}
