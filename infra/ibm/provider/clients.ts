/** Everything that is asked of IBM Cloud: one token for all of it, but for Cloud Object Storage, which has keys of its own. */
import { realWait, type Wait } from "../../../provider/wait";
import { openAccount, type Account } from "./account";
import { tokens } from "./authenticator";
import { type Buckets, bucketsOf } from "./buckets";
import { cosInstance, type CosInstance } from "./cos";
import { endpointsOf } from "./endpoints";
import { sender, type HttpOptions } from "./http";
import { openTagging, type Tagging } from "./tagging";
import { openVpc, type Vpc } from "./vpc";

export interface IbmClients {
  readonly account: Account;
  readonly tagging: Tagging;
  readonly vpc: (region: string) => Vpc;
  /** @throws UserError where there are no keys for Cloud Object Storage */
  readonly bucket: Buckets;
  /** Whose buckets the keys for Cloud Object Storage open, as far as they say so. @throws UserError where there are none */
  readonly cosInstance: () => CosInstance | undefined;
}

export interface ClientsOptions {
  /** Read for credentials and addresses. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly wait?: Wait;
  readonly fetch?: NonNullable<HttpOptions["fetch"]>;
}

export type OpenClients = () => IbmClients;

export function ibmClients({ env, wait = realWait, ...more }: ClientsOptions): IbmClients {
  const { iam, resourceManager, tagging, vpc } = endpointsOf(env);
  const token = tokens(env, iam);
  const send = sender({ token, wait, ...more });
  return {
    account: openAccount({ iam, resourceManager, token, send }),
    tagging: openTagging(tagging, send, wait),
    vpc: (region) => openVpc({ region, url: vpc(region), send, wait }),
    bucket: bucketsOf(env),
    cosInstance: () => cosInstance(env),
  };
}

/** For programs: as the environment says, opened once. */
export const openClients: OpenClients = (() => {
  let opened: IbmClients | undefined;
  return () => (opened ??= ibmClients({ env: process.env }));
})();
