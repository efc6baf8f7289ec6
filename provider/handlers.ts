/** Every resource type with its handler, on the real world. */
import { artifactHandler, type ArtifactOptions } from "./artifact/handler";
import { awsClients } from "./aws-clients";
import { awsImageNameHandler } from "./aws-image-name/handler";
import { awsImageReadyHandler } from "./aws-image-ready/handler";
import { awsSweepHandler } from "./aws-sweep/handler";
import { ephemeralStackHandler } from "./ephemeral-stack/handler";
import { InnerStacks } from "./ephemeral-stack/inner-stacks";
import { ebsCredentialsHandler } from "./ebs-credentials/handler";
import { assumeRole } from "./ebs-credentials/session";
import { runOverSsh } from "./ebs-credentials/ssh";
import { deleteSnapshotsOf, realWait } from "./ebs-lifecycle";
import { cacheFolder } from "./ebs-snapshot/begun";
import { ebsSnapshotHandler } from "./ebs-snapshot/handler";
import { openSnapshots as open, type OpenSnapshots } from "./ebs-snapshots";
import { ebsUploadHandler } from "./ebs-upload/handler";
import type { ResourceHandler } from "./handler";
import { holdHandler } from "./hold/handler";
import { imageGuardHandler } from "./image-guard/handler";
import { innerStackOwnerHandler } from "./inner-stack-owner/handler";
import { libvirtImageHandler } from "./libvirt-image/handler";
import { libvirtImageNameHandler } from "./libvirt-image-name/handler";
import { libvirtSweepHandler } from "./libvirt-sweep/handler";
import { loopbackPortHandler } from "./loopback-port/handler";
import { openStore } from "./object-store";
import { OWNER_TAG } from "./owner";
import { run } from "./process";
import { askByCli } from "./reader-outputs";
import { stackIdentityHandler } from "./stack-identity/handler";
import { stackRegistrationHandler } from "./stack-registration/handler";
import { sshKeyHandler } from "./ssh-key/handler";
import { staleStacksHandler } from "./stale-stacks/handler";
import { dial } from "./ssh-ready/dial";
import { sshReadyHandler } from "./ssh-ready/handler";

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
