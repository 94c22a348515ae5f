#!/bin/bash
# Runs a reader in the fuzzer: run.sh PROGRAM WORK READER [libFuzzer's arguments and corpora].
# WORK begins empty; the inputs that reach new code are kept there, and so is one that fails.
# The arrays that the networks name are beside them. CIMFORGE_SEED is the seed where the arguments give none.
set -euo pipefail

program=$1
work=$2
reader=$3
shift 3
rm -rf "$work"
mkdir -p "$work/corpus"
cp "$(dirname "${BASH_SOURCE[0]}")"/arrays/*.npy "$work"
cd "$work"
"$program" "--reader=$reader" --dictionary >dictionary
seed=()
if [[ " $* " != *" -seed="* ]]; then
  seed=("-seed=${CIMFORGE_SEED:-1}")
fi
if ! "$program" "--reader=$reader" -dict=dictionary -artifact_prefix="$work/" -print_final_stats=1 \
    -timeout=20 "${seed[@]}" corpus "$@" >log 2>&1; then
  tail -n 60 log
  printf 'To repeat it: %s --reader=%s FILE, with the file named above\n' "$program" "$reader"
  exit 1
fi
grep -E '^(Done|stat::|#[0-9]+.*DONE)' log
