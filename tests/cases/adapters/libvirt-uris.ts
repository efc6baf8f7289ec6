/** libvirt URIs: the settings, our own ssh and the libvirt plugin understand the same, or the settings refuse. */
import * as z from "zod";
import { hypervisor, pluginUri } from "../../../infra/libvirt/provider/image/hypervisor";
import { setPath, words, type Json, type Run } from "../case";
import { messageSchema, outcome, refusalProblems } from "../messages";
import { buildSettings, isMistake } from "./sources";

const urisSchema = z.array(
  z.strictObject({
    uri: z.string(),
    ...words,
    right: z.enum(["taken", "refused", "either"]),
    ssh: z.array(z.string()).exactOptional(),
    ...messageSchema.shape,
  }),
);
type Uri = z.output<typeof urisSchema>[number];

const HOST = "targets.hypervisor.hosts[0].uri";
const WORKER = "architectures.x86_64.worker.uri";
/** What terraform-provider-libvirt 0.8.3 reads of a URI, but for what switches its checks off. */
const PLUGIN_READS = ["keyfile", "knownhosts", "socket", "sshauth"];

export async function libvirtUris(run: Run): Promise<string[]> {
  run.expected(z.strictObject({}));
  const problems: string[] = [];
  for (const one of run.json("uris.json", urisSchema)) {
    problems.push(...(await uriProblems(run, one)).map((problem) => `${one.uri}: ${problem}`));
  }
  return problems;
}

async function uriProblems(run: Run, { uri, right, ssh = [], ...message }: Uri): Promise<string[]> {
  const came = await outcome(() => buildSettings(withUri(run.settings(), uri)), isMistake);
  if (right === "refused" || (right === "either" && "refused" in came)) {
    const shown = "value" in came ? { value: "no refusal" } : came;
    return [HOST, WORKER].flatMap((at) => refusalProblems(shown, { at, ...message }));
  }
  if ("refused" in came) return [`wanted it taken, came: ${came.refused}`];
  const worker = came.value.architectures.x86_64?.worker;
  const target = came.value.targets["hypervisor"];
  if (worker?.platform !== "libvirt" || target?.platform !== "libvirt") throw new Error("the settings lost the URI");
  return [worker.uri, ...target.hosts.map((host) => host.uri)].flatMap((read) => meaningProblems(uri, read, ssh));
}

function meaningProblems(written: string, uri: string, wanted: readonly string[]): string[] {
  const { command, args } = hypervisor(uri);
  let from = 0;
  const lacks = wanted.filter((arg) => {
    const at = args.indexOf(arg, from);
    if (at !== -1) from = at + 1;
    return at === -1;
  });
  const given = new URL(pluginUri(uri));
  const told = (name: string): string | null => given.searchParams.get(name);
  const pairs: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["user and host", login(given), command === "ssh" ? args[args.indexOf("--") - 1] : undefined],
    ["port", given.port || undefined, after(args, "-p")],
    ["keyfile", told("keyfile") ?? undefined, after(args, "-i")],
    [
      "known hosts",
      told("knownhosts") ?? undefined,
      args.find((arg) => arg.startsWith("UserKnownHostsFile="))?.replace(/^[^=]*="?|"$/g, ""),
    ],
  ];
  const unread = [...given.searchParams.keys()].filter((name) => !PLUGIN_READS.includes(name));
  return [
    ...(lacks.length === 0 ? [] : [`wanted ${wanted.join(" ")} for ssh, came: ${args.join(" ")}`]),
    ...unread.map((name) => `wanted nothing for the plugin that it doesn't read, came ${name}`),
    ...pairs.flatMap(([what, plugin, ours]) =>
      sameAddress(plugin) === sameAddress(ours)
        ? []
        : [`wanted one ${what}, came ${plugin} for the plugin and ${ours} for ssh (${written})`],
    ),
  ];
}

/** URLs write IPv6 in small letters. */
function sameAddress(text: string | undefined): string | undefined {
  return text?.replace(/[0-9A-F:]*::[0-9A-F:]*$/i, (address) => address.toLowerCase());
}

function login({ protocol, username, hostname }: URL): string | undefined {
  if (protocol !== "qemu+ssh:") return undefined;
  const host = hostname.replace(/^\[|\]$/g, "");
  return username === "" ? host : `${decodeURIComponent(username)}@${host}`;
}

function after(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option);
  return at === -1 ? undefined : args[at + 1];
}

function withUri(settings: Json, uri: string): Json {
  const network = { mode: "network", name: "default" };
  const host = { name: "hv1", arch: "x86_64", uri, pool: "images", boot: { network } };
  setPath(settings, "targets.hypervisor", { platform: "libvirt", hosts: [host] });
  const worker = { platform: "libvirt", uri, pool: "workers", base: { volume: "stock.qcow2" }, network };
  setPath(settings, "architectures.x86_64", { worker, publish: ["hypervisor"] });
  return settings;
}
