/** Work on one thing after the other, where two resources of one run may want the same: in this process alone. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  take<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(thing) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.last.set(thing, mine);
    return mine;
  }
}
