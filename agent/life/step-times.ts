import type { StepName } from "../../contract/commit-record";
import type { Job } from "../job/job";

type Seconds = Readonly<Record<StepName, number>>;

/** Says which step a job is in, and measures each. */
export class StepTimes {
  private seconds: Seconds = { prepare: 0, build: 0, disk: 0, upload: 0, commit: 0 };

  constructor(private readonly job: Job) {}

  async during<T>(step: StepName, work: () => Promise<T>): Promise<T> {
    const { clock } = this.job.machine;
    const start = clock.steady();
    this.job.enter(step);
    const value = await work();
    this.seconds = { ...this.seconds, [step]: (clock.steady() - start) / 1000 };
    return value;
  }

  /** All steps; one that was found done tells how long it took when it was. */
  with(found: { readonly build: number | undefined; readonly disk: number | undefined }): Seconds {
    const { build, disk } = found;
    return { ...this.seconds, ...(build !== undefined && { build }), ...(disk !== undefined && { disk }) };
  }
}
