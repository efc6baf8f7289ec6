/** How often a stack is tried at most. */
export const MOST_ATTEMPTS = 10;
