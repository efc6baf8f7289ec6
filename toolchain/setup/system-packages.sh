# System packages: installs what the lists prove missing, as root, and nothing else. Sourced by setup.sh.
# package_lists: the files to go by, packages.txt and perhaps test-packages.txt.

# check_machine: is it one that anything here is for?
check_machine() {
  if [ "$(uname -s)" != Linux ]; then
    fail "the local services run on Linux with libvirt; this is $(uname -s)" \
      "Use a Linux machine or virtual machine, or point a stack at your own hypervisors (README.md)."
  fi
  case "$(uname -m)" in
  x86_64 | aarch64) ;;
  *) fail "this machine is a $(uname -m): there are tools and images for x86_64 and aarch64 only" \
    "Use a machine of one of these, or point a stack at your own hypervisors from there (README.md)." ;;
  esac
}

setup_system_packages() {
  step "System packages" "guests, images and services need them"
  find_missing
  if [ ${#missing[@]} -eq 0 ]; then
    note "all there"
    return
  fi
  printf '       missing: %s\n' "${missing[@]}"
  if have apt-get; then
    install_packages "apt-get update && apt-get install -y --no-install-recommends ${debian[*]}" \
      bash "$here/setup/apt-install.sh" "${debian[@]}"
  elif have dnf; then
    install_packages "dnf install -y ${fedora[*]}" \
      dnf install -y --setopt=install_weak_deps=False "${fedora[@]}"
  else
    fail "this distribution has neither apt-get nor dnf" \
      "Install what is missing (see above, by Debian's names), then run this again."
  fi
  find_missing
  if [ ${#missing[@]} -gt 0 ]; then
    fail "still missing after that:" "${missing[@]}" "Proofs of each: toolchain/setup/packages.txt, toolchain/setup/test-packages.txt"
  fi
}

# find_missing: the packages whose proof is absent, by both names, and what each is for.
find_missing() {
  debian=() fedora=() missing=()
  local proof on_debian on_fedora why
  while read -r proof on_debian on_fedora why; do
    case "$proof" in "" | "#"*) continue ;; esac
    if proven "$proof"; then continue; fi
    debian+=("$on_debian")
    fedora+=("$on_fedora")
    missing+=("$on_debian: $why")
  done < <(cat "${package_lists[@]}")
}

# proven PROOF: is one of its alternatives there?
proven() {
  local alternative alternatives
  IFS='|' read -ra alternatives <<<"$1"
  for alternative in "${alternatives[@]}"; do
    case "$alternative" in
    /*) compgen -G "$alternative" >/dev/null && return 0 ;;
    *) have "$alternative" && return 0 ;;
    esac
  done
  return 1
}

# install_packages BY_HAND COMMAND...: runs the package manager as root.
install_packages() {
  as_root "system packages are missing" "the package manager failed" packages.log "$@"
}

# as_root LACKS FAILED LOG BY_HAND COMMAND...: runs it as root, through sudo if need be; else says what to run by hand.
as_root() {
  local lacks=$1 failed=$2 log=$3 by_hand=$4 become=()
  shift 4
  if [ "$(id -u)" -ne 0 ]; then
    if have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      become=(sudo)
    else
      fail "$lacks and this user can't become root" "Run this as root, then start again:" "  $by_hand"
    fi
  fi
  note "as root: $by_hand"
  note "(log: .tools/log/$log)"
  if ! "${become[@]}" "$@" >"$tools/log/$log" 2>&1 </dev/null; then
    tail -n 15 "$tools/log/$log" >&2
    fail "$failed (all of it: .tools/log/$log)" "Run this as root, then start again:" "  $by_hand"
  fi
}
