# What the set-up says, and how it remembers what is done. Sourced by setup.sh.

step_number=0

# step TITLE WHY: starts a numbered step.
step() {
  step_number=$((step_number + 1))
  printf '[%3ds] %d. %s (%s)\n' "$SECONDS" "$step_number" "$1" "$2"
}

note() { printf '       %s\n' "$*"; }

# fail WHAT [WHAT TO DO]...: ends the set-up.
fail() {
  printf '\nset-up: %s\n' "$1" >&2
  shift
  if [ $# -gt 0 ]; then printf '  %s\n' "$@" >&2; fi
  exit 1
}

# have COMMAND: is it there? Root's commands count: not every user's PATH has them.
have() { PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin type -P "$1" >/dev/null; }

# at_least HAVE WANT: compares versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# stamped NAME CONTENT / stamp NAME CONTENT: was this step done with this content?
stamped() { [ -f "$tools/stamps/$1" ] && [ "$(cat "$tools/stamps/$1")" = "$2" ]; }
stamp() {
  mkdir -p "$tools/stamps"
  printf '%s\n' "$2" >"$tools/stamps/$1"
}

# hash_of PATH...: one hash over files and folders, names and content.
hash_of() { find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1; }
