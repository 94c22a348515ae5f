#!/bin/sh
# Two builds of cimforge side by side: clock cycles a second of the cycle models that they make of the
# same specifications, in turn, the best of seven; and area, fmax and cycles a vector.
#   before_after.sh BEFORE AFTER SPEC...        BEFORE, AFTER: programs
set -eu
here=$(cd "$(dirname "$0")" && pwd)
before=$1
after=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for spec in "$@"; do
  name=$(basename "$spec" .toml)
  for which in before after; do
    eval "program=\$$which"
    rm -rf "$work/$which"
    "$program" model "$spec" -o "$work/$which" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    clang++ -std=c++20 -O2 -DNAME="$name" -DVECTORS=20000 -DHEADER="\"$name.hpp\"" \
      -I"$work/$which/include" "$here/before_after.cpp" "$work/$which/lib/lib$name.a" \
      "$work/$which/lib/libcimforge_runtime.a" -lpthread -latomic -o "$work/run_$which"
    "$program" check "$spec" | grep -E 'throughput|latency' > "$work/cycles_$which"
    "$program" ppa "$spec" --no-power | grep -E '^(area|fmax) ' > "$work/ppa_$which"
  done
  for round in 1 2 3 4 5 6 7; do
    for which in before after; do
      "$work/run_$which" >> "$work/$name.$which"
    done
  done
  for which in before after; do
    best=$(sort -rn "$work/$name.$which" | head -n 1)
    echo "$name $which: $best" | awk '{ printf "%s %s %.0f thousand cycles/s, results %s, ", $1, $2, $3 / 1000, $4 }'
    tr '\n' ',' < "$work/ppa_$which" | tr -s ' ' | sed 's/,$//; s/,/, /g'
    echo
  done
  cmp -s "$work/cycles_before" "$work/cycles_after" || echo "$name: other cycles"
done
