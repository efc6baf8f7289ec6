/** Every resource type with its handler, on the real world. */
import { artifactHandler, type ArtifactOptions } from "../provider/artifact/handler";
import { awsClients } from "../infra/aws/provider/clients";
import { awsImageNameHandler } from "../infra/aws/provider/image-name/handler";
import { awsImageReadyHandler } from "../infra/aws/provider/image-ready/handler";
import { awsSweepHandler } from "../infra/aws/provider/sweep/handler";
import { ephemeralStackHandler } from "../provider/ephemeral-stack/handler";
import { InnerStacks } from "../provider/ephemeral-stack/inner-stacks";
import { ebsCredentialsHandler } from "../infra/aws/provider/ebs-credentials/handler";
import { assumeRole } from "../infra/aws/provider/ebs-credentials/session";
import { runOverSsh } from "../infra/aws/provider/ebs-credentials/ssh";
import { deleteSnapshotsOf } from "../infra/aws/provider/ebs-lifecycle";
import { realWait } from "../provider/wait";
import { cacheFolder } from "../infra/aws/provider/ebs-snapshot/begun";
import { ebsSnapshotHandler } from "../infra/aws/provider/ebs-snapshot/handler";
import { openSnapshots as open, type OpenSnapshots } from "../infra/aws/provider/ebs-snapshots";
import { ebsUploadHandler } from "../infra/aws/provider/ebs-upload/handler";
import type { ResourceHandler } from "../provider/handler";
import { holdHandler } from "../provider/hold/handler";
import { imageGuardHandler } from "../provider/image-guard/handler";
import { innerStackOwnerHandler } from "../provider/inner-stack-owner/handler";
import { libvirtImageHandler } from "../infra/libvirt/provider/image/handler";
import { libvirtImageNameHandler } from "../infra/libvirt/provider/image-name/handler";
import { libvirtSweepHandler } from "../infra/libvirt/provider/sweep/handler";
import { loopbackPortHandler } from "../provider/loopback-port/handler";
import { openStore } from "../provider/object-store";
import { OWNER_TAG } from "../provider/owner";
import { run } from "../provider/process";
import { askByCli } from "../provider/reader-outputs";
import { stackIdentityHandler } from "../provider/stack-identity/handler";
import { stackRegistrationHandler } from "../provider/stack-registration/handler";
import { sshKeyHandler } from "../provider/ssh-key/handler";
import { staleStacksHandler } from "../provider/stale-stacks/handler";
import { dial } from "../provider/ssh-ready/dial";
import { sshReadyHandler } from "../provider/ssh-ready/handler";

export function allHandlers(): ReadonlyMap<string, ResourceHandler> {
  const clients = awsClients();
  const openSnapshots = open(clients);
  const wait = realWait;
  const ask = askByCli({ run, env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" }, now: Date.now });
  const stacks = new InnerStacks({ run, openStore, openSnapshots, now: Date.now });
  return new Map<string, ResourceHandler>([
    ["builders:index:EbsCredentials", ebsCredentialsHandler({ giveSession: assumeRole(clients), runOverSsh, wait })],
    ["builders:index:EbsSnapshot", ebsSnapshotHandler({ openSnapshots, run, wait, cache: cacheFolder(process.env) })],
    ["builders:index:EbsUpload", ebsUploadHandler({ openSnapshots, openStore, wait })],
    ["builders:index:Artifact", artifactHandler({ openStore, deleteSnapshots: snapshotsOf(openSnapshots) })],
    ["builders:index:AwsImageName", awsImageNameHandler(clients)],
    ["builders:index:AwsImageReady", awsImageReadyHandler(clients)],
    ["builders:index:AwsSweep", awsSweepHandler(clients)],
    ["builders:index:Hold", holdHandler({ openStore, now: () => new Date() })],
    ["builders:index:ImageGuard", imageGuardHandler({ openStore, ask })],
    ["builders:index:EphemeralStack", ephemeralStackHandler({ stacks, now: Date.now })],
    ["builders:index:InnerStackOwner", innerStackOwnerHandler(stacks)],
    ["builders:index:LibvirtImage", libvirtImageHandler({ run, openStore, now: Date.now })],
    ["builders:index:LibvirtImageName", libvirtImageNameHandler({ run })],
    ["builders:index:LibvirtSweep", libvirtSweepHandler({ run })],
    ["builders:index:LoopbackPort", loopbackPortHandler()],
    ["builders:index:SshKey", sshKeyHandler()],
    ["builders:index:SshReady", sshReadyHandler({ dial, wait })],
    ["builders:index:StackIdentity", stackIdentityHandler({ openStore })],
    ["builders:index:StackRegistration", stackRegistrationHandler({ openStore })],
    ["builders:index:StaleStacks", staleStacksHandler(stacks)],
  ]);
}

/** What is left of a build when its artifact goes. @throws Error that names what an image of somebody's is made from */
function snapshotsOf(open: OpenSnapshots): ArtifactOptions["deleteSnapshots"] {
  return async (region, { identity, key }) => {
    const kept = await deleteSnapshotsOf(open(region), identity, key);
    if (kept.length === 0) return;
    throw new Error(
      `${region}: an AMI that is not of this stack is made from ${kept.join(", ")}: deregister it, or keep the snapshot for it ` +
        `by taking the tag "${OWNER_TAG}" off, and run this again`,
    );
  };
}
