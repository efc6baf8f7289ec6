/** Until when a distribution has updates, in the SBOM of a disk: of the image, which is the first package there. */
export interface ValidUntil {
  /** RFC 3339, UTC. Source: SPDX 2.3, 7.27. */
  readonly validUntilDate: string;
}

/** @param day the last one with updates, `2027-05-19` */
export function validUntil(day: string): ValidUntil {
  return { validUntilDate: `${day}T23:59:59Z` };
}
