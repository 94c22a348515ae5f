#!/bin/bash
# flows/install with a made-up dpkg-query, apt-get, sudo and id: what it runs, says and returns.
#   install_test.sh flows/install
set -euo pipefail

install=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

# fake NAME TEXT: a program of the made-up system.
fake() {
  printf '#!/bin/bash\n%s\n' "$2" >"$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}

# begin NAME: a fresh made-up system, of root, on which all packages but two are installed.
begin() {
  name=$1
  rm -rf "$folder/bin" "$folder/calls"
  mkdir "$folder/bin"
  : >"$folder/calls"
  # shellcheck disable=SC2016
  fake dpkg-query 'for p in "${@:4}"; do
  case $p in
    yosys) ;;
    opensta) echo "opensta config-files" ;;
    *) echo "$p installed" ;;
  esac
done
exit 1'
  fake apt-get "echo \"apt-get \$*\" >>'$folder/calls'"
  fake id 'echo 0'
  fake env 'while [[ $1 == *=* ]]; do export "$1"; shift; done; exec "$@"'
}

# run ARGUMENT...: runs the script with nothing but the made-up system.
run() {
  status=0
  PATH=$folder/bin /bin/bash "$install" "$@" >"$folder/out" 2>"$folder/err" || status=$?
}

# expect WHAT CONDITION...: counts and tells a condition that does not hold.
expect() {
  local what=$1
  shift
  if ! "$@"; then
    printf 'FAILED: %s: %s\n' "$name" "$what"
    sed 's/^/  /' "$folder/err" "$folder/calls"
    failures=$((failures + 1))
  fi
}

line='apt-get update && apt-get install --no-install-recommends yosys opensta'

begin 'everything is installed'
# shellcheck disable=SC2016
fake dpkg-query 'for p in "${@:4}"; do echo "$p installed"; done'
run
expect 'status' test "$status" = 0
expect 'no call' test ! -s "$folder/calls"
expect 'no word' test ! -s "$folder/err"

begin 'what the tests need is installed for them alone'
# shellcheck disable=SC2016
fake dpkg-query 'for p in "${@:4}"; do [[ $p == @(chromium|catch2) ]] || echo "$p installed"; done'
run
expect 'status' test "$status" = 0
expect 'no call' test ! -s "$folder/calls"
run tests
expect 'status' test "$status" = 0
expect 'install' grep -q 'install .* catch2 chromium$' "$folder/calls"

begin 'an argument that is none'
run everything
expect 'status' test "$status" = 2
expect 'usage' grep -q '^usage: flows/install \[tests\]$' "$folder/err"
expect 'no call' test ! -s "$folder/calls"

begin 'root installs what is missing'
run
expect 'status' test "$status" = 0
expect 'update' grep -q '^apt-get .* update -q$' "$folder/calls"
expect 'install' grep -q '^apt-get .* install -q -y --no-install-recommends yosys opensta$' \
  "$folder/calls"
expect 'nothing on standard output' test ! -s "$folder/out"

begin 'a user without sudo is told'
fake id 'echo 1000'
run
expect 'status' test "$status" = 3
expect 'no call' test ! -s "$folder/calls"
expect 'line' grep -q "^  $line\$" "$folder/err"
expect 'list' grep -q '^  yosys$' "$folder/err"

begin 'a user whose sudo asks for a password is told'
fake id 'echo 1000'
fake sudo 'exit 1'
run
expect 'status' test "$status" = 3
expect 'no call' test ! -s "$folder/calls"
expect 'line' grep -q "^  $line\$" "$folder/err"

begin 'a user with sudo installs'
fake id 'echo 1000'
fake sudo "shift; [[ \$1 == true ]] && exit 0; echo sudo >>'$folder/calls'; exec \"\$@\""
run
expect 'status' test "$status" = 0
expect 'as root' grep -q '^sudo$' "$folder/calls"
expect 'install' grep -q 'install .* yosys opensta$' "$folder/calls"

begin 'apt-get fails'
fake apt-get 'exit 100'
run
expect 'status' test "$status" = 3
expect 'line' grep -q "^  $line\$" "$folder/err"

begin 'another system'
rm "$folder/bin/dpkg-query"
run
expect 'status' test "$status" = 3
expect 'no call' test ! -s "$folder/calls"
expect 'all packages' grep -q '^  cmake$' "$folder/err"

exit $((failures > 0))
