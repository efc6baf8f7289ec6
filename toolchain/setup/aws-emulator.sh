# The AWS emulator's Python modules, in an environment of their own: for tests. Sourced by setup.sh.

readonly python_wanted=3.10

setup_aws_emulator() {
  step "AWS emulator" "tests use it in the place of AWS"
  have python3 || fail "python3 is not on PATH" "Install Python $python_wanted or newer (Debian: python3, Fedora: python3)"
  local version content home=$tools/aws-emulator requirements=$repo/standins/aws-emulator/requirements.txt
  version=$(python3 -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  at_least "$version" "$python_wanted" ||
    fail "Python $version is too old for the AWS emulator, $python_wanted or newer is needed" \
      "Install one, as python3 on PATH: https://www.python.org/downloads"
  content="$version $(sha256sum <"$requirements")"
  if [ -x "$home/bin/python" ] && stamped aws-emulator "$content"; then
    note "installed already (python $version)"
    return
  fi
  note "installing its modules, about 140 MB (log: .tools/log/aws-emulator.log)"
  local since=$SECONDS log=$tools/log/aws-emulator.log
  rm -rf "$home"
  if ! python3 -m venv "$home" >"$log" 2>&1; then
    tail -n 10 "$log" >&2
    fail "python3 can't make a virtual environment" "Install its module for that (Debian: apt-get install python3-venv)"
  fi
  if ! "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --requirement "$requirements" >>"$log" 2>&1; then
    tail -n 10 "$log" >&2
    fail "the Python modules can't be installed (all of it: .tools/log/aws-emulator.log)" \
      "Is the package index reachable? pip's own settings (PIP_INDEX_URL, pip.conf) hold here too."
  fi
  stamp aws-emulator "$content"
  note "installed in $((SECONDS - since)) s"
}
