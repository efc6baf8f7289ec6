/** What goes over the wires between the product and the services: each call that changes something, as it is answered. */

export interface Call {
  readonly service: "store" | "aws" | "libvirt" | "ibm" | "openstack";
  /** What is called on what kind of thing, without ids: calls of one name are alike. `PUT disks/*.raw.zst`, `RegisterImage`. */
  readonly name: string;
}

export const idOf = ({ service, name }: Call): string => `${service}: ${name}`;

/** Where a call is: `asked`: not yet with the service; `answered`: done there, and the caller does not know yet. */
export type Moment = "asked" | "answered";

/** Hears of a call; the call waits for it where it is. */
export type Listener = (call: Call, moment: Moment) => Promise<void> | void;

export class Wire {
  private readonly listeners = new Set<Listener>();
  /** Every call so far, in order. */
  readonly calls: Call[] = [];

  async pass(call: Call, moment: Moment): Promise<void> {
    if (moment === "answered") this.calls.push(call);
    for (const listener of this.listeners) await listener(call, moment);
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The kinds of calls so far, each once, in the order of their first. */
  kinds(): Call[] {
    return [...new Map(this.calls.map((call) => [idOf(call), call])).values()];
  }

  clear(): void {
    this.calls.length = 0;
  }
}
