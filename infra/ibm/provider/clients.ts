/** Everything that is asked of IBM Cloud but for the bytes of disks: one token for all of it. */
import { realWait, type Wait } from "../../../provider/wait";
import { openAccount, type Account } from "./account";
import { tokens } from "./authenticator";
import { endpointsOf } from "./endpoints";
import { sender, type HttpOptions } from "./http";
import { openTagging, type Tagging } from "./tagging";
import { openVpc, type Vpc } from "./vpc";

export interface IbmClients {
  readonly account: Account;
  readonly tagging: Tagging;
  readonly vpc: (region: string) => Vpc;
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
    tagging: openTagging(tagging, send),
    vpc: (region) => openVpc({ region, url: vpc(region), send, wait }),
  };
}

/** For programs: as the environment says, opened once. */
export const openClients: OpenClients = (() => {
  let opened: IbmClients | undefined;
  return () => (opened ??= ibmClients({ env: process.env }));
})();
