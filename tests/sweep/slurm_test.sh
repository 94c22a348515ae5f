#!/bin/bash
# Installs Debian's Slurm, starts a controller and a node here, runs a sweep of 240 points on it, kills
# slurmd with all that it runs in the middle, starts it again, and finds every point exactly once.
#   slurm_test.sh CIMFORGE     as root; exits with 77 where it may not install
set -euo pipefail
cimforge=$(realpath "$1")

[[ $(id -u) == 0 ]] || { echo 'not root: not tested'; exit 77; }
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  apt-get install -q -y --no-install-recommends slurm-wlm munge >/dev/null 2>&1 ||
    { echo 'Slurm cannot be installed: not tested'; exit 77; }
fi

work=$(mktemp -d)
export SLURM_CONF=$work/slurm.conf
finish() {
  pkill -KILL -f "slurmstepd" 2>/dev/null || true
  [[ -f $work/slurmd.pid ]] && kill -KILL "$(<"$work/slurmd.pid")" 2>/dev/null || true
  [[ -f $work/slurmctld.pid ]] && kill -KILL "$(<"$work/slurmctld.pid")" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
host=$(hostname -s)
cat >"$SLURM_CONF" <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SchedulerParameters=sched_min_interval=10000,batch_sched_delay=1
SlurmdParameters=config_overrides
SlurmdTimeout=10
KillWait=2
MessageTimeout=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES State=UP
EOF
mkdir -p "$work/state" "$work/spool" /run/munge
if ! pgrep -x munged >/dev/null; then
  [[ -f /etc/munge/munge.key ]] || (umask 077; head -c 128 /dev/urandom >/etc/munge/munge.key)
  chown munge: /run/munge /etc/munge/munge.key
  chmod 755 /run/munge
  runuser -u munge -- munged
fi

# until COMMAND holds, a minute at most.
wait_until() {
  for _ in $(seq 600); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "this never came: $*"
  tail -n 20 "$work"/*.log
  exit 1
}
node_is_idle() { [[ $(sinfo -h -o %T) == idle* || $(sinfo -h -o %T) == mixed* ]]; }
slurmctld
wait_until scontrol ping
slurmd
wait_until node_is_idle

cat >"$work/points.toml" <<'EOF'
specification = "macro.toml"
[[axis]]
key = "array.rows"
range = { first = 1, last = 20 }
[[axis]]
key = "array.columns"
range = { first = 1, last = 12 }
[[command]]
run = "scan"
EOF
cat >"$work/macro.toml" <<'EOF'
name = "point"
kind = "digital"
[array]
rows = 8
columns = 4
[operands]
input = "int4"
weight = "int4"
[scan]
test_mode = "pin"
EOF
cd "$work"
"$cimforge" sweep points.toml -o out --engine slurm --jobs 1 --tasks-per-part 4 >sweep.log 2>&1 &
sweep=$!
records() { { find out/results -name '*.json' ! -name '*.result.json' 2>/dev/null || true; } | wc -l; }
some_are_there() { (($(records) >= 30)); }
wait_until some_are_there
before=$(records)
kill -KILL "$(<"$work/slurmd.pid")"
pkill -KILL -f slurmstepd || true
# What they ran has lost its parent and goes too.
pkill -KILL -f "out/part.sh|sweep .*--part" || true
echo "slurmd was killed at $before of 240 results"
rm -f "$work/slurmd.pid"
slurmd
wait_until node_is_idle
wait "$sweep" || { cat sweep.log; tail -n 20 "$work"/*.log; exit 1; }
cat sweep.log
[[ $before -lt 240 ]] || { echo 'slurmd was killed too late: this tested nothing'; exit 1; }
[[ $(records) == 240 ]] || { echo "$(records) results in place of 240"; exit 1; }
grep -q '240 points: 240 done, 0 failed' sweep.log
[[ $(($(wc -l <out/points.csv) - 1)) == 240 ]]
[[ $(cut -d, -f1 out/points.csv | sort -u | wc -l) == 241 ]]

# Ctrl-C cancels the jobs.
rm -rf out
# A shell that is no terminal's lets what runs in the background ignore SIGINT.
env --default-signal=INT "$cimforge" sweep points.toml -o out --engine slurm --jobs 1 --tasks-per-part 4 >sweep.log 2>&1 &
sweep=$!
jobs_are_there() { [[ -n $(squeue -h) ]]; }
wait_until jobs_are_there
kill -INT "$sweep"
status=0
wait "$sweep" || status=$?
[[ $status == 130 ]] || { echo "exit status $status in place of 130"; cat sweep.log; exit 1; }
no_jobs() { [[ -z $(squeue -h) ]]; }
wait_until no_jobs

# A controller that is down is told; nothing is lost.
kill -KILL "$(<"$work/slurmctld.pid")"
status=0
kept=$(records)
"$cimforge" sweep points.toml -o out --engine slurm >sweep.log 2>&1 || status=$?
cat sweep.log
[[ $status == 3 && $(records) == "$kept" ]]
echo 'done'
