/** Whatever becomes of the run that made it. */
import { rule } from "../rule";

interface Options {
  readonly mostMinutes?: number;
}
/** A day and a night: longer than the longest build. */
const MOST_MINUTES = 24 * 60;

export const machinesEndByThemselves = rule<Options>({
  name: "machines-end-by-themselves",
  description: "Temporary machines power themselves off, which ends them where the platform can do that.",
  options: { mostMinutes: { type: "number", minimum: 1 } },
  problems: ({ machine, lifetime }, { mostMinutes = MOST_MINUTES }) => {
    const found: string[] = [];
    if (lifetime !== undefined && lifetime.minutes === undefined) {
      found.push("never powers itself off; write lifetimeMinutes, from which its user data gets a timer");
    }
    // Not `minutes > mostMinutes`: a number that can't be read is above none.
    if (typeof lifetime?.minutes === "number" && !(lifetime.minutes <= mostMinutes)) {
      found.push(`powers itself off after ${lifetime.minutes} minutes; write lifetimeMinutes: ${mostMinutes} or less`);
    }
    if (machine?.endsByPowerOff === false) {
      found.push(
        'is kept, and paid for, once it is off, or started again; write instanceInitiatedShutdownBehavior: "terminate", and no persistent spot request',
      );
    }
    return found;
  },
});
