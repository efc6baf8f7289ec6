/** Whose images a worker takes: the operator's policy.json and registries.d, as podman on the worker reads them. */
export interface SignaturePolicy {
  /** Text of a containers-policy.json(5); keys are in it, no file is named. */
  readonly policy: string;
  /** Where signatures are, see containers-registries.d(5): texts by name of the file, `NAME.yaml`. */
  readonly registriesD: Readonly<Record<string, string>>;
}

/** Also a name of a file in a folder of the worker's. */
export const REGISTRIES_D_NAME = /^[A-Za-z0-9][\w.-]*\.yaml$/;
