/** How often a stack is tried at most, in one way. */
export const MOST_ATTEMPTS = 10;
/** How many ways there are at most to do the same work. */
export const MOST_ALTERNATIVES = 10;

/** The way that an attempt belongs to, 1 for the first: each has so many attempts, counted through. */
export function alternativeOf(attempt: number, attempts: number): number {
  return Math.ceil(attempt / attempts);
}
