/** What the contract's tests want of a room: settings as people write them. */
export interface ContractFixture {
  /** Of a worker. */
  readonly worker: Readonly<Record<string, unknown>>;
  /** Of a target with at least two places, where the platform may have them. @default it publishes nothing */
  readonly target?: Readonly<Record<string, unknown>>;
  /** Where a target's settings take a jump host for its first place; a worker takes it itself. @default it takes none */
  readonly jumpHost?: readonly (string | number)[];
  /** An image's tags have room for the sha256 of its provenance. @default they have none */
  readonly tagged?: true;
  /** A field that the worker's settings cannot do without. */
  readonly needed: string;
  /** Makes what its parts look at on this machine while they declare. @default nothing */
  readonly prepare?: () => void;
}
