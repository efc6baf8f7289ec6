# Python modules that only tests need, each set in an environment of its own. Sourced by setup.sh.

# python_modules TITLE WHY NAME MB LEAST [PIP OPTION...]: what standins/NAME/requirements.txt pins, in .tools/NAME.
python_modules() {
  local title=$1 why=$2 name=$3 megabytes=$4 least=$5 version content since=$SECONDS
  shift 5
  local home=$tools/$name log=$tools/log/$name.log requirements=$repo/standins/$name/requirements.txt
  step "$title" "$why"
  have python3 || fail "python3 is not on PATH" "Install Python $least or newer (Debian: python3, Fedora: python3)"
  version=$(python3 -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  at_least "$version" "$least" ||
    fail "Python $version is too old for it, $least or newer is needed" \
      "Install one, as python3 on PATH: https://www.python.org/downloads"
  content="$version $(sha256sum <"$requirements")"
  if [ -x "$home/bin/python" ] && stamped "$name" "$content"; then
    note "installed already (python $version)"
    return
  fi
  note "installing its modules, about $megabytes MB (log: .tools/log/$name.log)"
  rm -rf "$home"
  if ! python3 -m venv "$home" >"$log" 2>&1; then
    tail -n 10 "$log" >&2
    fail "python3 can't make a virtual environment" "Install its module for that (Debian: apt-get install python3-venv)"
  fi
  if ! "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes "$@" \
    --requirement "$requirements" >>"$log" 2>&1; then
    tail -n 10 "$log" >&2
    fail "the Python modules can't be installed (all of it: .tools/log/$name.log)" \
      "Is the package index reachable? pip's own settings (PIP_INDEX_URL, pip.conf) hold here too."
  fi
  stamp "$name" "$content"
  note "installed in $((SECONDS - since)) s"
}

setup_aws_emulator() {
  python_modules "AWS emulator" "tests use it in the place of AWS" aws-emulator 140 3.10 --only-binary :all:
}

# Two of its modules are published as source alone.
setup_openstack() {
  python_modules "OpenStack" "tests use the real services, on loopback" openstack 600 3.11 \
    --only-binary :all: --no-binary simplegeneric,ovs --no-compile
}
