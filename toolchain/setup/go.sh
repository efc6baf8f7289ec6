# Builds from Go modules into .tools, cached by content. Sourced by setup.sh.

building=()

# A set-up that ends early takes its builds along.
end_builds() {
  local build pid
  for build in "${building[@]}"; do
    IFS=: read -r _ pid _ <<<"$build"
    pkill -P "$pid" || true
  done
}
trap end_builds EXIT

# go_build NAME MODULE OUTPUT PACKAGE [LDFLAGS]: starts a build in toolchain/MODULE unless the output is that of its content.
go_build() {
  local name=$1 module=$here/$2 output=$3 package=$4 flags="-s -w ${5:-}" content
  content="$(hash_of "$module") $flags"
  if [ -x "$output" ] && stamped "$name" "$content"; then
    note "$name: built already"
    return
  fi
  need_go "$module" "$name"
  # Two keep two cores busy; more would only take more memory.
  while [ ${#building[@]} -ge 2 ]; do await_one_build; done
  mkdir -p "$(dirname "$output")" "$tools/log"
  note "$name: building (log: .tools/log/$name.log)"
  local since=$SECONDS
  (
    cd "$module"
    # Without C, as their publishers build them; for no debugger; and with compilers that clean up less often, within bounds: together a
    # fifth less work.
    GOWORK=off CGO_ENABLED=0 GOGC=400 GOMEMLIMIT=1GiB go build -v -buildvcs=false -p 2 -gcflags=all=-dwarf=false -ldflags "$flags" \
      -o "$output.new" "$package" >"$tools/log/$name.log" 2>&1
    mv "$output.new" "$output"
    stamp "$name" "$content"
    note "$name: built in $((SECONDS - since)) s"
  ) &
  building+=("$name:$!:$since")
}

# need_go MODULE NAME: is there a Go for it? (A Go from 1.21 on fetches a newer one itself where it may.)
need_go() {
  local wanted found
  wanted=$(sed -n 's/^go //p' "$1/go.mod")
  have go || fail "$2 has to be built and there is no Go on PATH" "Install Go $wanted or newer: https://go.dev/dl" \
    "(or a pulumi: https://www.pulumi.com/docs/install; the set-up uses it instead of building one)"
  found=$(cd "$1" && GOWORK=off go env GOVERSION 2>&1) && at_least "${found#go}" "$wanted" ||
    fail "$2 needs Go $wanted or newer; go says: $found" "Install one: https://go.dev/dl"
}

# await_builds: until all are done, with a line for each now and then.
await_builds() { while [ ${#building[@]} -gt 0 ]; do await_one_build; done; }

# await_one_build: until one has ended; a failed one ends the set-up.
await_one_build() {
  local waited=0 index name pid since
  while true; do
    for index in "${!building[@]}"; do
      IFS=: read -r name pid since <<<"${building[$index]}"
      if ! kill -0 "$pid" 2>/dev/null; then
        unset "building[$index]"
        building=("${building[@]}")
        wait "$pid" || failed_build "$name"
        return
      fi
    done
    sleep 0.5
    waited=$((waited + 1))
    if [ $((waited % 20)) -eq 0 ]; then say_progress; fi
  done
}

# say_progress: one line for all that is being built.
say_progress() {
  local entry name since line=
  for entry in "${building[@]}"; do
    IFS=: read -r name _ since <<<"$entry"
    line+="${line:+; }$name: $((SECONDS - since)) s, $(grep -cv '^go: ' "$tools/log/$name.log" || true) packages compiled"
  done
  note "$line"
}

failed_build() {
  tail -n 20 "$tools/log/$1.log" >&2
  fail "$1: the build failed (all of it: .tools/log/$1.log)"
}
