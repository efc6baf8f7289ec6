/** Creates one EbsSnapshot as the provider does, in a process that can be killed: `create-snapshot.ts CACHE URN INPUTS`. */
import { awsClients } from "../../../infra/aws/provider/clients";
import { decode } from "../../../provider/codec";
import { realWait } from "../../../provider/wait";
import { ebsSnapshotHandler } from "../../../infra/aws/provider/ebs-snapshot/handler";
import { openSnapshots } from "../../../infra/aws/provider/ebs-snapshots";
import { fakeCall } from "../../../provider/fake-store";
import { run } from "../../../provider/process";

async function main(): Promise<void> {
  const [cache = "", urn = "", inputs = ""] = process.argv.slice(2);
  const handler = ebsSnapshotHandler({ openSnapshots: openSnapshots(awsClients()), run, wait: realWait, cache });
  const created = await handler.create(decode(JSON.parse(inputs)), fakeCall(urn));
  console.log(JSON.stringify(created));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
