/** Every resource type with its handler, on the real world. */
import { artifactHandler } from "./artifact/handler";
import { awsClients } from "./aws-clients";
import { awsImageReadyHandler } from "./aws-image-ready/handler";
import { awsSweepHandler } from "./aws-sweep/handler";
import { ephemeralStackHandler } from "./ephemeral-stack/handler";
import { ebsCredentialsHandler } from "./ebs-credentials/handler";
import { assumeRole } from "./ebs-credentials/session";
import { runOverSsh } from "./ebs-credentials/ssh";
import { realWait } from "./ebs-lifecycle";
import { cacheFolder } from "./ebs-snapshot/begun";
import { ebsSnapshotHandler } from "./ebs-snapshot/handler";
import { openSnapshots as open } from "./ebs-snapshots";
import { ebsUploadHandler } from "./ebs-upload/handler";
import type { ResourceHandler } from "./handler";
import { libvirtImageHandler } from "./libvirt-image/handler";
import { libvirtSweepHandler } from "./libvirt-sweep/handler";
import { loopbackPortHandler } from "./loopback-port/handler";
import { openStore } from "./object-store";
import { run } from "./process";
import { stackIdentityHandler } from "./stack-identity/handler";
import { sshKeyHandler } from "./ssh-key/handler";
import { dial } from "./ssh-ready/dial";
import { sshReadyHandler } from "./ssh-ready/handler";

export function allHandlers(): ReadonlyMap<string, ResourceHandler> {
  const clients = awsClients();
  const openSnapshots = open(clients);
  const wait = realWait;
  return new Map<string, ResourceHandler>([
    ["builders:index:EbsCredentials", ebsCredentialsHandler({ giveSession: assumeRole(clients), runOverSsh, wait })],
    ["builders:index:EbsSnapshot", ebsSnapshotHandler({ openSnapshots, run, wait, cache: cacheFolder(process.env) })],
    ["builders:index:EbsUpload", ebsUploadHandler({ openSnapshots, openStore, wait })],
    ["builders:index:Artifact", artifactHandler(openStore)],
    ["builders:index:AwsImageReady", awsImageReadyHandler(clients)],
    ["builders:index:AwsSweep", awsSweepHandler(clients)],
    ["builders:index:EphemeralStack", ephemeralStackHandler({ run, openStore, now: Date.now })],
    ["builders:index:LibvirtImage", libvirtImageHandler({ run, openStore, now: Date.now })],
    ["builders:index:LibvirtSweep", libvirtSweepHandler({ run })],
    ["builders:index:LoopbackPort", loopbackPortHandler()],
    ["builders:index:SshKey", sshKeyHandler()],
    ["builders:index:SshReady", sshReadyHandler({ dial, wait })],
    ["builders:index:StackIdentity", stackIdentityHandler()],
  ]);
}
