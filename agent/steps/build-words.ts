/** What commands say when they fail, told apart: what passes by itself, and what fails again. Matched without regard to capitals. */

/** The network, a registry, a mirror, the disk, memory, the clock or the machine. */
export const PASSING: readonly RegExp[] = [
  // Names and connections.
  /could(n't| not) resolve (host|proxy)|unknownhostexception|name or service not known|temporary failure (in name resolution|resolving)/,
  /no such host|unable to resolve host|server misbehaving|name resolution|\b(eai_again|enotfound)\b|bad address '/,
  /connection (refused|reset|timed out|aborted|closed by (remote|the)|was (reset|closed|not properly))|broken pipe/,
  /failed to connect to|could(n't| not) connect|can(no|')t connect to|unable to connect|failed to establish a new connection|attempts to connect to/,
  /network is unreachable|no route to host|connection failed|(unable to|could not|can(no|')t) reach |network (error|is down)|host is down|host is unreachable|related to network connectivity/,
  /\b(econnreset|econnrefused|econnaborted|etimedout|ehostunreach|enetunreach|epipe|err_socket_timeout)\b|socket hang up/,
  /dial tcp|i\/o timeout|handshake timeout|handshake failure|context deadline exceeded|client\.timeout exceeded|http2: /,
  // The word alone is an option, a variable or a file as often.
  /\btimed[ -]?out\b|(read|connect|connection|operation|request|socket|response|network|handshake|gateway|download|fetch|server)( time-?|time)out/,
  /time-?out (was|after|of|exceeded|expired|reached|waiting|awaiting|while|during|error|on|when|connecting)\b|timeout(error|exception)/,
  /esockettimedout|httpclient\.timeout|^(error|fatal):? timeout\b|deadline exceeded|execution expired/,
  /unexpected (eof|end of (file|input|archive|data)|disconnect)|early eof|premature(ly)? |\beof occurred|empty reply from server|\bread error\b/,
  /curl error|curl: \((5|6|7|16|18|28|35|52|55|56|92|95|96)\)|recv failure|send failure|outstanding read data|stream (was not closed|error)/,
  /failure when receiving data|(gnutls|ssl|tls) (recv|read) error|tls connection was non-properly terminated|gnutls_handshake|ssl_error_(syscall|zero_return)/,
  /rpc failed|remote end hung up|invalid index-pack output|index-pack failed|kex_exchange_identification/,
  /incompleteread|connection broken|protocolerror|remotedisconnected|max retries exceeded|spurious network error|\bdns error\b|error sending request for url|https?:\S+: import read failed/,
  // Mirrors and repositories that are being changed, or have too much to do.
  /all mirrors were (already )?tried|no more mirrors|librepo error|failed to download (metadata|packages)|error downloading packages/,
  /cannot (download|prepare internal mirrorlist)|hash sum mismatch|file has unexpected size|mirror sync in progress/,
  /checksum (doesn't match|mismatch)|cannot find a valid baseurl|some index files failed to download|failed to fetch http|unable to fetch some archives/,
  /could not (transfer artifact|get lock|fetch url)|failed to obtain .*\block\b|is expired \(invalid since|unable to acquire the dpkg frontend lock|system management is locked|unable to lock database|not found on medium|keyserver receive failed|server indicated a failure/,
  /too ?many ?requests|rate limit|slowdown|reduce your request rate|throttl(ed|ing)|service (is )?(temporarily )?unavailable|bad gateway|gateway time-?out|internal server error/,
  /\bio error\b|temporar(y|ily) (error|failure|unavailable)|try again later|please try again/,
  // Registries.
  /initializing source|pinging container registry|reading blob|copying system image from manifest|unable to copy from source/,
  // Disk and memory.
  /no space left on device|\benospc\b|disk quota exceeded|more space (needed )?on the|enough (free )?(disk )?space|insufficient (disk )?space/,
  /input\/output error|read-only file system|structure needs cleaning|stale file handle|disk (is )?full/,
  /out of memory|cannot allocate memory|memory exhausted|std::bad_alloc|killed signal|\benomem\b|memoryerror|outofmemory|java heap space|^killed$|: line \d+: +\d+ killed\b|oom-kill|too many open files/,
  // The clock, and the end of the machine.
  /not (yet valid|valid yet)|certificate has expired|clock skew|system is going down|signal: (killed|terminated|9\b|15\b)|context cancell?ed/,
];

/** The Containerfile, its arguments, or what it names. */
export const FINAL: readonly RegExp[] = [
  /manifest unknown|name unknown|no image found in (image index|manifest list)|repository name .* not known|short-name .* did not resolve/,
  /unauthorized|authentication required|authentication failed|access to the resource is denied|insufficient_scope/,
  /no match for argument|unable to find a match|no package .* available|unable to locate package|has no installation candidate/,
  /no matching (distribution|package|version|manifest)|could not find a version|\(no such package\)|404 not found - get |\be404\b|unknown revision/,
  /repository .* not found|could not read username|permission denied \(publickey|host key verification failed/,
  /remote branch .* not found|pathspec .* did not match|does not have a release file|signed by unknown authority/,
  /command not found|no such file or directory|unknown instruction|syntax error|failed dependencies|unmet dependencies/,
  // A service that nobody has started there, a lock that another user has.
  /failed to connect to (system scope |user scope )?bus|cannot connect to the docker daemon|not been booted with systemd|are you root/,
  /(connect(ion)? (to (server at )?|econnrefused )|running on (host )?)["']?(localhost|127\.0\.0\.1|::1)\b|is the server running/,
  /security error|does not match an earlier download/,
  // A server that speaks no TLS; and an error's own name, whatever the thing is called that it speaks of.
  /server gave http response to https client|\b(name|syntax|type|attribute|import|key|index|value|modulenotfound|reference)error: (?!fetch failed)/,
];

/** Final whatever else a line says: mirrors and retries that were used up on a certificate that nobody trusts, or a file of one's own. */
export const CERTAINLY_FINAL =
  /unable to get (local )?issuer certificate|self[- ]signed certificate|certificate is valid for|signed by unknown authority|source image rejected: |couldn't (read a|open) file.*file:\/\//;

/** Their words are about a failure that is taken from elsewhere: what a package is missing for may be the network. */
export const MISSING =
  /unable to locate package|no matching distribution|could not find a version|has no installation candidate|no match for argument|unable to find a match|\(no such package\)/;
export const NOTHING_FETCHED =
  /some index files failed to download|retry\(total=0|ignoring this repo|failed to (fetch|download metadata)|^warning: (fetching|updating and opening) .*: (temporary error|io error|dns|network|operation timed out)/i;

/** HTTP's own numbers, where a line says that it is one. */
const STATUS =
  /(?:status ?code:?|status=|http code:?|tunnel failed, response|\bhttp|returned error:|response status|http status:?|http error(?: response)?:?|server returned(?: status| http)?|http\/[\d.]+|\berror:?|response code:?|unexpected status(?: code)?:?|status code from registry|received unexpected http status:?) *"?([45]\d\d)\b/;

/** `passing` for what a server will answer otherwise later; undefined where the line has no status. */
export function statusClass(line: string): "passing" | "final" | undefined {
  const status = Number(
    STATUS.exec(line)?.[1] ?? /\b(\d{3})\b(?= (?:service|bad gateway|gateway|internal server))/.exec(line)?.[1] ?? 0,
  );
  if (status === 0) return undefined;
  return status >= 500 || [408, 425, 429].includes(status) ? "passing" : "final";
}

/** What went well, or a command that came after it: nothing above has failed the step. */
export const WENT_ON =
  /^\s*100\s+[\d.]+[kmg]?\s+100\s|^complete!?$|\bsaved \[|^successfully |^fetched [\d,.]+ |(receiving objects|resolving deltas): +100%|^\+ |^installed:|^\(\d+\/\d+\): .*\d+ [kmg]?i?b\/s|^#+ *100(\.0)?%|^added \d+ packages|^download(ed)? (complete|finished)/;

/** Something is tried once more: whether it came then is said below it. To be told to retry is no other try. */
export const TRIED_AGAIN =
  /will retry|retrying\b|\bretry #?\d|(?<!before )trying (again|next|other)|^\[mirror\]|attempt \d|tries (remaining|left)|^ign:/;

/** What was tried again never came. */
export const GAVE_UP = /\b(giving|gave) up\b|retries (were )?(exhausted|exceeded|used up)|no more (retries|attempts)/;

/** make says of a command that the kernel has killed it. */
export const KILLED_BELOW = /^make.*error 137$/;

/** Said by what called the command that failed, and of what one may do: no reason. */
export const NOISE: readonly RegExp[] = [
  /^\s*$|^note: |^hint: |^\[?notice\]?|^error: process completed|^exited? (with )?(code|status)|^error: exit status \d+$/,
  /\bwarn(ing)?: |^npm warn |^w: |^you should consider upgrading|^sudo: unable to resolve host/,
  /^make(\[\d+\])?: |^ninja: build stopped|^build failed|^\s*(error: )?bad exit status|^rpm build errors/,
  /complete log of this run|^npm (err!|error) *$|re-run maven|^\[error\] (\[help 1\]|to see the full stack|for more information about|$)/,
  /^\* (try|get more help)|^> (run with|get more help)|^npm err(or|!) network in most cases/,
  // The calls that led there.
  /^(npm (err!|error) )?\s*(at .*(\(.*\)|:\d+:\d+)$|\.\.\. \d+ more)/,
];
