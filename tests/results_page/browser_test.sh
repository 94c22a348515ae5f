#!/bin/sh
# browser_test.sh CIMFORGE SYNTHETIC NPM_DIRECTORY echarts|svg: makes pages and tries them in
# Chromium. Exit status 77, with a message, where something that it needs is missing.
set -eu
program=$1 synthetic=$2 npm=$3 charts=$4
skip() {
  echo "skipped: $1"
  exit 77
}
command -v node >/dev/null || skip 'node is missing (Debian package nodejs)'
[ -d "$npm/node_modules/playwright-core" ] || skip 'playwright-core is missing: the build had no npm'
browser=$(command -v "${CIMFORGE_CHROMIUM:-chromium}") || skip 'chromium is missing (Debian package chromium)'
here=$(dirname "$0")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$synthetic" sweep "$directory/sweep" 300
"$synthetic" regression "$directory/regression"
plain=
[ "$charts" = echarts ] || plain=--plain-charts
"$program" report "$directory/sweep" -o "$directory/sweep.html" $plain
"$program" report "$directory/regression" -o "$directory/regression.html" $plain
if [ "$charts" = echarts ] && ! grep -q 'globalThis.echarts=' "$directory/sweep.html"; then
  skip 'the program was built without ECharts'
fi
node "$here/browser_test.mjs" "$npm" "$browser" "$directory" "$charts"
