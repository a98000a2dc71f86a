#!/usr/bin/env bash
# Times the whole product beside restic, borg and qemu-img on the same disks in the same run and prints a Markdown table for each.
#
#   bench/compare.sh [-w DIR] [-r RUNS] [-o FILE] IMAGE...
#
# Every tool is run as a whole process, encrypted where it can encrypt, with the image in the page cache, in turn
# (ours, restic, ours, restic ...), after a file of 6 GiB was written and removed: on a virtual machine memory that was never
# used costs whoever comes first ten times a copy. The tables hold medians and ratios. FILE gets a line "image;figure;value" for each
# ratio. Needs: pwsh 7.6, restic, qemu-utils, time; borgbackup is left out where it is missing.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work= runs=3 out=
while getopts 'w:r:o:h' o; do
  case $o in w) work=$OPTARG;; r) runs=$OPTARG;; o) out=$OPTARG;; *) sed -n 2,10p "$0"; exit 2;; esac
done
shift $(( OPTIND - 1 ))
[ $# -ge 1 ] || { sed -n 2,10p "$0"; exit 2; }
[ "$work" ] || { work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; }
mkdir -p "$work"; work=$(realpath "$work"); out=${out:-$work/ratios}; : >"$out"
export LC_ALL=C RESTIC_PASSWORD=bench BORG_PASSPHRASE=bench RESTIC_CACHE_DIR=$work/restic-cache BORG_BASE_DIR=$work/borg-base \
       BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes PORTABILITY_STATE=$work/state BENCH_ROOT=$root POWERSHELL_TELEMETRY_OPTOUT=1
dotnet build "$root/src/Portability.Module" -c Release -clp:ErrorsOnly -v q >&2
dotnet build "$root/bench/Portability.Benchmarks" -c Release -clp:ErrorsOnly -v q >&2
limit=$root/bench/Portability.Benchmarks/bin/Release/net10.0/Portability.Benchmarks.dll

median() { sort -n | awk '{v[NR]=$1} END {print (NR%2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }
timed() { # NAME command...: wall seconds, processor seconds and peak MiB into NAME.times, .cpu and .rss
  local name=$1; shift
  /usr/bin/time -o "$work/t" -f '%e %U %S %M' "$@" >"$work/$name.log" 2>&1 || { echo "$name failed:" >&2; tail -n 20 "$work/$name.log" >&2; exit 1; }
  awk '{print $1}' "$work/t" >>"$work/$name.times"; awk '{print $2+$3}' "$work/t" >>"$work/$name.cpu"; awk '{print $4/1024}' "$work/t" >>"$work/$name.rss"
}
ours() { pwsh -NoProfile -NonInteractive -Command "\$ErrorActionPreference='Stop'; \$ProgressPreference='SilentlyContinue'; Import-Module \$env:BENCH_ROOT/WorkloadPortability.psd1; \$p = ConvertTo-SecureString bench -AsPlainText -Force; $1"; }
export -f ours
connected="\$r = Connect-WorkloadRepository -Path $work/ours -Passphrase \$p"
stored() { du -sk --apparent-size "$1" | cut -f1; }
row() { printf '| %s | %s | %s | %s | %s |\n' "$@"; }

for image in "$@"; do
  image=$(realpath "$image"); rm -f "$work"/*.times "$work"/*.rss "$work"/*.cpu
  for (( i = 0; i < runs; i++ )); do
    head -c 6G /dev/zero >"$work/warm"; rm -f "$work/warm"
    cat "$image" >/dev/null
    rm -rf "$work"/{ours,restic,borg,restored,restic-out,borg-out,qcow2,restic-cache,borg-base,state}
    ours "\$null = New-WorkloadRepository -Path $work/ours -Passphrase \$p -WarningAction Ignore" >/dev/null
    timed first bash -c "ours '$connected; \$null = New-WorkloadSnapshot -Name bench -BootDiskPath $image -Repository \$r'"
    restic -q init -r "$work/restic" >/dev/null
    timed restic-first restic -q -r "$work/restic" backup "$image"
    stored "$work/ours" >"$work/ours.size"; stored "$work/restic" >"$work/restic.size"
    timed second bash -c "ours '$connected; \$null = New-WorkloadSnapshot -Name bench -BootDiskPath $image -Repository \$r -Full'"
    timed restic-second restic -q -r "$work/restic" backup --force "$image"
    dotnet "$limit" limit "$image" >>"$work/limit.times"
    timed restore bash -c "ours '$connected; \$null = Get-WorkloadSnapshot -Repository \$r -Name bench -Latest | Restore-WorkloadImage -DestinationPath $work/restored -Format Raw'"
    cmp "$image" "$work"/restored/bench-0.raw
    timed restic-restore restic -q -r "$work/restic" restore latest --target "$work/restic-out"
    rm -rf "$work"/{restored,restic-out}
    qemu-img convert -O qcow2 "$image" "$work/qcow2"; cat "$work/qcow2" >/dev/null
    timed qemu-restore qemu-img convert -O raw "$work/qcow2" "$work/qemu.raw"; rm -f "$work/qemu.raw" "$work/qcow2"
    if command -v borg >/dev/null; then
      borg init -e repokey-blake2 "$work/borg" >/dev/null 2>&1
      timed borg-first borg create -C zstd,3 "$work/borg::a" "$image"
      stored "$work/borg" >"$work/borg.size"
    fi
    timed connect bash -c "ours '$connected'"
    timed start bash -c "ours '\$null'"
  done
  m() { median <"$work/$1.times"; }
  cpu() { median <"$work/$1.cpu"; }
  ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a/b}'; }
  note() { echo "$(basename "$image");$1;$2" >>"$out"; }
  note first "$(ratio "$(m restic-first)" "$(m first)")"; note first-cpu "$(ratio "$(cpu restic-first)" "$(cpu first)")"
  note stored "$(ratio "$(cat "$work/ours.size")" "$(cat "$work/restic.size")")"
  note restore "$(ratio "$(m restic-restore)" "$(m restore)")"; note restore-cpu "$(ratio "$(cpu restic-restore)" "$(cpu restore)")"
  note restore-qemu "$(ratio "$(m qemu-restore)" "$(m restore)")"
  note second-limit "$(ratio "$(m limit)" "$(m second)")"
  note second-limit-net "$(awk -v l="$(m limit)" -v s="$(m second)" -v c="$(m connect)" 'BEGIN {printf "%.2f", l / (s > c ? s - c : l)}')"
  echo; echo "### $(basename "$image"), median of $runs, seconds of the whole process"; echo
  echo "An idle PowerShell with the module: $(m start) s, connected to the repository: $(m connect) s."; echo
  row what WorkloadPortability peer figure ratio; row --- --- --- --- ---
  row "first capture" "$(m first)" "restic" "$(m restic-first)" "$(ratio "$(m restic-first)" "$(m first)")x"
  row "first capture, processor" "$(cpu first)" "restic" "$(cpu restic-first)" "$(ratio "$(cpu restic-first)" "$(cpu first)")x"
  row "stored, KiB" "$(cat "$work/ours.size")" "restic" "$(cat "$work/restic.size")" "$(ratio "$(cat "$work/ours.size")" "$(cat "$work/restic.size")") of it"
  if [ -e "$work/borg-first.times" ]; then
    row "first capture" "$(m first)" "borg zstd,3" "$(m borg-first)" "$(ratio "$(m borg-first)" "$(m first)")x"
    row "stored, KiB" "$(cat "$work/ours.size")" "borg zstd,3" "$(cat "$work/borg.size")" "$(ratio "$(cat "$work/ours.size")" "$(cat "$work/borg.size")") of it"
  fi
  row "second capture, everything read" "$(m second)" "restic --force" "$(m restic-second)" "$(ratio "$(m restic-second)" "$(m second)")x"
  row "the same" "$(m second)" "read + hash alone" "$(m limit)" "$(ratio "$(m limit)" "$(m second)") of the limit"
  row "the same beyond connecting" "$(awk -v s="$(m second)" -v c="$(m connect)" 'BEGIN {print s - c}')" "read + hash alone" "$(m limit)" "$(sed -n "s/^$(basename "$image");second-limit-net;//p" "$out" | tail -n 1) of the limit"
  row "restore to raw" "$(m restore)" "restic" "$(m restic-restore)" "$(ratio "$(m restic-restore)" "$(m restore)")x"
  row "restore, processor" "$(cpu restore)" "restic" "$(cpu restic-restore)" "$(ratio "$(cpu restic-restore)" "$(cpu restore)")x"
  row "restore to raw" "$(m restore)" "qemu-img convert qcow2" "$(m qemu-restore)" "$(ratio "$(m qemu-restore)" "$(m restore)")x"
  row "peak memory, MiB (idle PowerShell: $(median <"$work/start.rss"))" "$(median <"$work/first.rss")" "restic" "$(median <"$work/restic-first.rss")" "-"
done
