/** The forms that the worker writes, begun by their platforms. */
import type * as pulumi from "@pulumi/pulumi";
import type { BegunForms } from "../../components/agent-run";
import type { WorkerJob } from "../../components/jobs";
import { parts } from "../../infra";

export async function beginForms(job: WorkerJob, machine: pulumi.Input<string>): Promise<BegunForms[]> {
  const { key, arch, stack, identity, store, objects, forms } = job;
  const build = { key, arch, stack, identity, store, record: objects.record, machine };
  const platforms = [...new Set(forms.map(({ platform }) => platform))];
  return Promise.all(
    platforms.map(async (platform) => {
      const { begin, supply } = (await parts(platform)).form;
      const begun = forms
        .filter((form) => form.platform === platform)
        .map((form) => ({ form, build, upload: begin(form, build) }));
      return { begun, supply };
    }),
  );
}
