/** How often a stack is tried at most, in one way. */
export const MOST_ATTEMPTS = 10;
/** How many ways there are at most to do the same work. */
export const MOST_ALTERNATIVES = 10;
