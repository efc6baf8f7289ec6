/** The shell script that runs on the hypervisor. Says each thing that it removes on standard output. */
import { quote } from "../shell";

export function shellScript(virshUri: string, prefix: string, pools: readonly string[]): string {
  return `set -eu
uri=${quote(virshUri)} prefix=${quote(prefix)}
# A failing virsh must not look like an empty list.
domains=$(virsh -q -c "$uri" list --all --name)
for domain in $domains; do
  case $domain in "$prefix"*) ;; *) continue ;; esac
  virsh -q -c "$uri" destroy "$domain" >/dev/null 2>&1 || :
  virsh -q -c "$uri" undefine --nvram "$domain" >/dev/null
  echo "removed the domain $domain, which no state knew of"
done
for pool in ${pools.map(quote).join(" ")}; do
  volumes=$(virsh -q -c "$uri" vol-list --pool "$pool" | awk '{ print $1 }')
  for volume in $volumes; do
    case $volume in "$prefix"*) ;; *) continue ;; esac
    virsh -q -c "$uri" vol-delete --pool "$pool" "$volume" >/dev/null
    echo "removed the volume $volume of pool $pool, which no state knew of"
  done
done
`;
}
