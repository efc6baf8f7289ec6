/** A password, or a token that is exchanged for a short-lived one at each use. */
export type Credentials =
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "identity"; readonly token: string };
