/** What goes over the wires between the product and the services: each call that changes something, as it is answered. */

export interface Call {
  readonly service: "store" | "aws" | "libvirt";
  /** What is called on what kind of thing, without ids: calls of one name are alike. `PUT disks/*.raw.zst`, `RegisterImage`. */
  readonly name: string;
}

export const idOf = ({ service, name }: Call): string => `${service}: ${name}`;

/** Hears of a call once the service has answered it, before the caller does; the answer waits for it. */
export type Listener = (call: Call) => Promise<void> | void;

export class Wire {
  private readonly listeners = new Set<Listener>();
  /** Every call so far, in order. */
  readonly calls: Call[] = [];

  async answered(call: Call): Promise<void> {
    this.calls.push(call);
    for (const listener of this.listeners) await listener(call);
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
