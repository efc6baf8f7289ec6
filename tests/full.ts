/** In the environment of all tests of `npm run test:full`: those that try many made inputs try more of them. */
export const FULL = "COPR_BUILDERS_TEST_FULL";
