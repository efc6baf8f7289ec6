/** Addresses of interfaces and floating IPs, each given once. */
const IN_A_ROW = 250;

export class Addresses {
  private given = 0;

  /** @param block N of addresses 127.N.x.y, at which somebody listens. @default IBM's own, which lead nowhere */
  constructor(private readonly block?: number) {
    if (block !== undefined && !(Number.isInteger(block) && block >= 1 && block <= 255))
      throw new Error(`addressBlock is the second part of an address in 127.0.0.0/8, from 1 to 255, not ${block}`);
  }

  private(used: number): string {
    return this.block === undefined ? `10.240.0.${used + 4}` : this.next(this.block);
  }

  public(used: number): string {
    return this.block === undefined ? `203.0.113.${used + 1}` : this.next(this.block);
  }

  private next(block: number): string {
    const [high, low] = [Math.floor(this.given / IN_A_ROW), this.given % IN_A_ROW];
    if (high >= IN_A_ROW) throw new Error(`all addresses of 127.${block}.0.0/16 were given`);
    this.given += 1;
    return `127.${block}.${high}.${low + 1}`;
  }
}
