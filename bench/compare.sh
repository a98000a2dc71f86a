#!/usr/bin/env bash
# Times the whole product beside restic, borg and qemu-img on the same disk in the same run and prints a Markdown table.
#
#   bench/compare.sh [-w DIR] [-r RUNS] IMAGE...
#
# Every tool is run as a whole process, encrypted where it can encrypt, with the image in the page cache, in turn
# (ours, restic, ours, restic ...); the table holds medians and ratios. Needs: pwsh 7.6, restic, borgbackup, qemu-utils, time.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work= runs=3
while getopts 'w:r:h' o; do
  case $o in w) work=$OPTARG;; r) runs=$OPTARG;; *) sed -n 2,9p "$0"; exit 2;; esac
done
shift $(( OPTIND - 1 ))
[ $# -ge 1 ] || { sed -n 2,9p "$0"; exit 2; }
work=${work:-$(mktemp -d)}; mkdir -p "$work"
export LC_ALL=C RESTIC_PASSWORD=bench BORG_PASSPHRASE=bench RESTIC_CACHE_DIR=$work/restic-cache BORG_BASE_DIR=$work/borg-base \
       BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes PORTABILITY_STATE=$work/state BENCH_ROOT=$root
dotnet build "$root/src/Portability.Module" -c Release -clp:ErrorsOnly -v q >&2
dotnet build "$root/bench/Portability.Benchmarks" -c Release -clp:ErrorsOnly -v q >&2
limit=$root/bench/Portability.Benchmarks/bin/Release/net10.0/Portability.Benchmarks.dll

median() { sort -n | awk '{v[NR]=$1} END {print (NR%2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }
timed() { # NAME command...: wall seconds into NAME.times
  local name=$1; shift
  /usr/bin/time -o "$work/t" -f '%e %M' "$@" >"$work/$name.log" 2>&1 || { echo "$name failed:" >&2; tail -n 20 "$work/$name.log" >&2; exit 1; }
  awk '{print $1}' "$work/t" >>"$work/$name.times"; awk '{print $2/1024}' "$work/t" >>"$work/$name.rss"
}
ours() { pwsh -NoProfile -NonInteractive -Command "\$ErrorActionPreference='Stop'; \$ProgressPreference='SilentlyContinue'; Import-Module \$env:BENCH_ROOT/WorkloadPortability.psd1; \$p = ConvertTo-SecureString bench -AsPlainText -Force; $1"; }
export -f ours
stored() { du -sk --apparent-size "$1" | cut -f1; }
row() { printf '| %s | %s | %s | %s | %s |\n' "$@"; }

for image in "$@"; do
  image=$(realpath "$image"); rm -f "$work"/*.times "$work"/*.rss
  for (( i = 0; i < runs; i++ )); do
    cat "$image" >/dev/null
    rm -rf "$work"/{ours,restic,borg,restored,restic-out,borg-out,qcow2,restic-cache,borg-base,state}
    ours "\$null = New-WorkloadRepository -Path $work/ours -Passphrase \$p" >/dev/null
    timed first bash -c "ours '\$r = Connect-WorkloadRepository -Path $work/ours -Passphrase \$p; \$null = New-WorkloadSnapshot -Name bench -BootDiskPath $image -Repository \$r'"
    restic -q init -r "$work/restic" >/dev/null
    timed restic-first restic -q -r "$work/restic" backup "$image"
    stored "$work/ours" >"$work/ours.size"; stored "$work/restic" >"$work/restic.size"
    timed second bash -c "ours '\$r = Connect-WorkloadRepository -Path $work/ours -Passphrase \$p; \$null = New-WorkloadSnapshot -Name bench -BootDiskPath $image -Repository \$r -Full'"
    timed restic-second restic -q -r "$work/restic" backup --force "$image"
    dotnet "$limit" limit "$image" >>"$work/limit.times"
    timed restore bash -c "ours '\$r = Connect-WorkloadRepository -Path $work/ours -Passphrase \$p; \$null = Get-WorkloadSnapshot -Repository \$r -Name bench -Latest | Restore-WorkloadImage -DestinationPath $work/restored -Format Raw'"
    cmp "$image" "$work"/restored/bench-0.raw
    timed restic-restore restic -q -r "$work/restic" restore latest --target "$work/restic-out"
    timed qemu-raw qemu-img convert -O raw "$image" "$work/qemu.raw"
    qemu-img convert -O qcow2 "$image" "$work/qcow2"; cat "$work/qcow2" >/dev/null; rm -f "$work/qemu.raw"
    timed qemu-restore qemu-img convert -O raw "$work/qcow2" "$work/qemu.raw"; rm -f "$work/qemu.raw"
    borg init -e repokey-blake2 "$work/borg" >/dev/null 2>&1
    timed borg-first borg create -C zstd,3 "$work/borg::a" "$image"
    stored "$work/borg" >"$work/borg.size"
    timed start bash -c "ours '\$null'"
  done
  m() { median <"$work/$1.times"; }
  ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a/b}'; }
  echo; echo "### $(basename "$image"), median of $runs, seconds of the whole process (an idle PowerShell with the module: $(m start) s)"; echo
  row what WorkloadPortability peer figure ratio; row --- --- --- --- ---
  row "first capture" "$(m first)" "restic" "$(m restic-first)" "$(ratio "$(m restic-first)" "$(m first)")x"
  row "first capture" "$(m first)" "borg zstd,3" "$(m borg-first)" "$(ratio "$(m borg-first)" "$(m first)")x"
  row "stored, KiB" "$(cat "$work/ours.size")" "restic" "$(cat "$work/restic.size")" "$(ratio "$(cat "$work/ours.size")" "$(cat "$work/restic.size")") of it"
  row "stored, KiB" "$(cat "$work/ours.size")" "borg zstd,3" "$(cat "$work/borg.size")" "$(ratio "$(cat "$work/ours.size")" "$(cat "$work/borg.size")") of it"
  row "second capture, everything read" "$(m second)" "restic --force" "$(m restic-second)" "$(ratio "$(m restic-second)" "$(m second)")x"
  row "second capture, everything read" "$(m second)" "read + hash alone" "$(m limit)" "$(ratio "$(m limit)" "$(m second)") of the limit"
  row "restore to raw" "$(m restore)" "restic" "$(m restic-restore)" "$(ratio "$(m restic-restore)" "$(m restore)")x"
  row "restore to raw" "$(m restore)" "qemu-img convert qcow2" "$(m qemu-restore)" "$(ratio "$(m qemu-restore)" "$(m restore)")x"
  row "peak memory, MiB" "$(median <"$work/first.rss")" "restic" "$(median <"$work/restic-first.rss")" "-"
done
