#!/bin/sh
# report.sh CIMFORGE SYNTHETIC NPM_DIRECTORY BROWSER_DIRECTORY: makes results of 10,000 points, their
# page with either kind of charts, and opens each in Chromium.
set -eu
program=$1 synthetic=$2 npm=$3 browser=$4
chromium=$(command -v "${CIMFORGE_CHROMIUM:-chromium}") || { echo 'chromium is missing'; exit 3; }
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$synthetic" sweep "$directory/sweep" 10000
echo "making the page:"
time -p "$program" report "$directory/sweep" -o "$directory/echarts.html"
"$program" report "$directory/sweep" -o "$directory/svg.html" --plain-charts
node "$browser/browser_bench.mjs" "$npm" "$chromium" "$directory"
