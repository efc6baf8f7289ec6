/** How we say who we are, and for which project. */

/** A thing that has an id, and a name within a domain. */
export type Reference = { readonly id: string } | { readonly name: string; readonly domain?: DomainReference };
export type DomainReference = { readonly id: string } | { readonly name: string };

/** How we prove who we are. */
export type Proof =
  | { readonly method: "password"; readonly user: Reference; readonly password: string }
  | { readonly method: "token"; readonly token: string }
  | {
      readonly method: "application_credential";
      readonly credential: Reference;
      readonly secret: string;
      /** Whose it is, where it is given by name. */
      readonly user?: Reference;
    };

export type Interface = "public" | "internal" | "admin";
