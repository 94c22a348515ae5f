#!/usr/bin/env bash
# Areas of macros against the baselines in a repository, as tables in Markdown.
#
#   area.sh check  BASELINES SPEC...    compares; status 1 where something has grown
#   area.sh update BASELINES SPEC...    writes BASELINES/<name>.json, to be committed
#
# <name> is the name of the SPEC file without .toml. Environment: CIMFORGE, the program (cimforge);
# TOLERANCE, in percent (0.5); LIBERTY, a Liberty file (that of cimforge's default library).
# Status 2: a baseline is missing, or of another tool version, library or specification.
set -euo pipefail

usage() {
  sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

[ $# -ge 3 ] || usage
action=$1
baselines=$2
shift 2
options=(--area-only)
[ -z "${LIBERTY:-}" ] || options+=(--liberty "$LIBERTY")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

worst=0
for spec in "$@"; do
  baseline=$baselines/$(basename "$spec" .toml).json
  status=0
  case $action in
    check)
      if [ ! -f "$baseline" ]; then
        echo "area.sh: there is no $baseline; make it with: area.sh update $baselines $spec" >&2
        worst=2
        continue
      fi
      rm -f "$work/table.md"
      "${CIMFORGE:-cimforge}" ppa "$spec" "${options[@]}" --baseline "$baseline" \
        --tolerance "${TOLERANCE:-0.5}" --markdown "$work/table.md" > "$work/log" || status=$?
      if [ -f "$work/table.md" ]; then
        cat "$work/table.md"
        echo
        [ -z "${GITHUB_STEP_SUMMARY:-}" ] || { cat "$work/table.md"; echo; } >> "$GITHUB_STEP_SUMMARY"
      fi
      ;;
    update)
      mkdir -p "$baselines"
      "${CIMFORGE:-cimforge}" ppa "$spec" "${options[@]}" --write-baseline "$baseline" \
        > "$work/log" || status=$?
      [ "$status" -ne 0 ] || echo "$baseline"
      ;;
    *) usage ;;
  esac
  [ "$status" -le "$worst" ] || worst=$status
done
exit "$worst"
