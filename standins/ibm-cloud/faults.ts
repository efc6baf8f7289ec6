/** What goes wrong on request: the next answers to some requests. */
export interface Fault {
  readonly method: string;
  /** Of the path, with the service before it: `/vpc/us-east/v1/images`. */
  readonly path: RegExp;
  /** How many requests it meets. @default 1 */
  times?: number;
  /**
   * `lost`: the request is carried out, and its answer never comes. `cut`: it is not even carried out. A status: refused with
   * that, and nothing is carried out.
   */
  readonly outcome: "lost" | "cut" | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };
}

export class Faults {
  private readonly list: Fault[] = [];

  add(...faults: readonly Fault[]): void {
    this.list.push(...faults);
  }

  clear(): void {
    this.list.length = 0;
  }

  take(method: string, path: string): Fault["outcome"] | undefined {
    const fault = this.list.find((one) => one.method === method && one.path.test(path) && (one.times ?? 1) > 0);
    if (fault === undefined) return undefined;
    fault.times = (fault.times ?? 1) - 1;
    return fault.outcome;
  }
}
