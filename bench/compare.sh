#!/usr/bin/env bash
# Times the whole product beside restic, borg and qemu-img on the same disks in the same run and prints a Markdown table for each.
#
#   bench/compare.sh [-w DIR] [-r RUNS] [-o FILE] IMAGE...
#
# Ours is timed twice in one run: the cmdlet, at its first use in a PowerShell that has the module and is connected to the repository,
# and the whole process from the start of PowerShell to its end. The others are timed as whole processes; restic's and qemu-img's restores also
# with a flush behind them, since ours is on the disk when it ends. All encrypt where they can, take turns (ours, restic, ours, restic ...), and find the
# image in the page cache and no writes under way. The tables hold medians and ratios. FILE gets a line "image;figure;value" for
# each ratio. Needs: pwsh 7.6, restic, qemu-utils, time; borgbackup is left out where it is missing.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work= runs=3 out=
while getopts 'w:r:o:h' o; do
  case $o in w) work=$OPTARG;; r) runs=$OPTARG;; o) out=$OPTARG;; *) sed -n 2,12p "$0"; exit 2;; esac
done
shift $(( OPTIND - 1 ))
[ $# -ge 1 ] || { sed -n 2,12p "$0"; exit 2; }
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
  sync; sleep 2; cat "$image" >/dev/null
  /usr/bin/time -o "$work/t" -f '%e %U %S %M' "$@" >"$work/$name.log" 2>&1 || { echo "$name failed:" >&2; tail -n 20 "$work/$name.log" >&2; exit 1; }
  awk '{print $1}' "$work/t" >>"$work/$name.times"; awk '{print $2+$3}' "$work/t" >>"$work/$name.cpu"; awk '{print $4/1024}' "$work/t" >>"$work/$name.rss"
}
ours() { # script of PowerShell, with $r connected in it; what its last command took goes to the file "prompt"
  pwsh -NoProfile -NonInteractive -Command "\$ErrorActionPreference='Stop'; \$ProgressPreference='SilentlyContinue'; \$WarningPreference='SilentlyContinue'
    Import-Module \$env:BENCH_ROOT/WorkloadPortability.psd1; \$p = ConvertTo-SecureString bench -AsPlainText -Force
    $1
    \$w = [Diagnostics.Stopwatch]::StartNew(); \$null = $2
    [IO.File]::WriteAllText('$work/prompt', \$w.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture))"
}
timed_ours() { # NAME setup command: as timed, and the seconds of the command alone into NAME.prompt
  timed "$1" bash -c "ours \"\$1\" \"\$2\"" ours "$2" "$3"
  cat "$work/prompt" >>"$work/$1.prompt"; echo >>"$work/$1.prompt"
}
export -f ours; export work
connected="\$r = Connect-WorkloadRepository -Path $work/ours -Passphrase \$p"
stored() { du -sk --apparent-size "$1" | cut -f1; }
row() { printf '| %s | %s | %s | %s | %s |\n' "$@"; }

for image in "$@"; do
  image=$(realpath "$image"); rm -f "$work"/*.times "$work"/*.rss "$work"/*.cpu "$work"/*.prompt
  for (( i = 0; i < runs; i++ )); do
    rm -rf "$work"/{ours,restic,borg,restored,restic-out,borg-out,qcow2,restic-cache,borg-base,state}
    ours "" "New-WorkloadRepository -Path $work/ours -Passphrase \$p"
    timed_ours first "$connected" "New-WorkloadSnapshot -Name bench -BootDiskPath $image -Repository \$r"
    restic -q init -r "$work/restic" >/dev/null
    timed restic-first restic -q -r "$work/restic" backup "$image"
    stored "$work/ours" >"$work/ours.size"; stored "$work/restic" >"$work/restic.size"
    timed_ours second "$connected" "New-WorkloadSnapshot -Name bench -BootDiskPath $image -Repository \$r -Full"
    timed restic-second restic -q -r "$work/restic" backup --force "$image"
    dotnet "$limit" limit "$image" >>"$work/limit.times"
    # Once more in one session: what a scan takes beside the limit once PowerShell has warmed up.
    timed_ours warm "$connected; 1..4 | ForEach-Object { \$null = New-WorkloadSnapshot -Name bench -BootDiskPath $image -Repository \$r -Full }" "New-WorkloadSnapshot -Name bench -BootDiskPath $image -Repository \$r -Full"
    timed_ours restore "$connected" "Get-WorkloadSnapshot -Repository \$r -Name bench -Latest | Restore-WorkloadImage -DestinationPath $work/restored -Format Raw"
    cmp "$image" "$work"/restored/bench-0.raw; rm -rf "$work/restored"
    timed restic-restore restic -q -r "$work/restic" restore latest --target "$work/restic-out"; rm -rf "$work/restic-out"
    timed restic-flushed bash -c "restic -q -r $work/restic restore latest --target $work/restic-out && sync -f $work/restic-out"; rm -rf "$work/restic-out"
    qemu-img convert -O qcow2 "$image" "$work/qcow2"; cat "$work/qcow2" >/dev/null
    timed qemu-restore qemu-img convert -O raw "$work/qcow2" "$work/qemu.raw"; rm -f "$work/qemu.raw"
    timed qemu-flushed bash -c "qemu-img convert -O raw $work/qcow2 $work/qemu.raw && sync -f $work/qemu.raw"; rm -f "$work/qemu.raw" "$work/qcow2"
    if command -v borg >/dev/null; then
      borg init -e repokey-blake2 "$work/borg" >/dev/null 2>&1
      timed borg-first borg create -C zstd,3 "$work/borg::a" "$image"
      stored "$work/borg" >"$work/borg.size"
    fi
    timed connect bash -c "ours '$connected' 1"
    timed start bash -c "ours '' 1"
  done
  whole() { median <"$work/$1.times"; }
  prompt() { median <"$work/$1.prompt" | awk '{printf "%.2f\n", $1}'; }
  cpu() { median <"$work/$1.cpu"; }
  ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a/b}'; }
  note() { echo "$(basename "$image");$1;$2" >>"$out"; }
  both() { # what NAME peer PEER figure: a row of whole processes and a row of the cmdlet
    row "$1, cmdlet" "$(prompt "$2")" "$3" "$(whole "$4")" "$(ratio "$(whole "$4")" "$(prompt "$2")")x"
    row "$1, whole process" "$(whole "$2")" "$3" "$(whole "$4")" "$(ratio "$(whole "$4")" "$(whole "$2")")x"
    note "$5" "$(ratio "$(whole "$4")" "$(prompt "$2")")"; note "$5-whole" "$(ratio "$(whole "$4")" "$(whole "$2")")"
  }
  echo; echo "### $(basename "$image"), median of $runs, seconds"; echo
  echo "An idle PowerShell with the module: $(whole start) s, connected to the repository: $(whole connect) s."; echo
  row what WorkloadPortability peer figure ratio; row --- --- --- --- ---
  both "first capture" first restic restic-first first
  row "first capture, processor" "$(cpu first)" "restic" "$(cpu restic-first)" "$(ratio "$(cpu restic-first)" "$(cpu first)")x"
  row "stored, KiB" "$(cat "$work/ours.size")" "restic" "$(cat "$work/restic.size")" "$(ratio "$(cat "$work/ours.size")" "$(cat "$work/restic.size")") of it"
  note stored "$(ratio "$(cat "$work/ours.size")" "$(cat "$work/restic.size")")"
  if [ -e "$work/borg-first.times" ]; then
    both "first capture" first "borg zstd,3" borg-first first-borg
    row "stored, KiB" "$(cat "$work/ours.size")" "borg zstd,3" "$(cat "$work/borg.size")" "$(ratio "$(cat "$work/ours.size")" "$(cat "$work/borg.size")") of it"
  fi
  both "second capture, everything read" second "restic --force" restic-second second
  row "the same, cmdlet" "$(prompt second)" "read + hash alone" "$(whole limit)" "$(ratio "$(whole limit)" "$(prompt second)") of the limit"
  row "the same, fifth in one session" "$(prompt warm)" "read + hash alone" "$(whole limit)" "$(ratio "$(whole limit)" "$(prompt warm)") of the limit"
  note second-limit "$(ratio "$(whole limit)" "$(prompt second)")"; note second-limit-warm "$(ratio "$(whole limit)" "$(prompt warm)")"
  both "restore to raw" restore "restic" restic-restore restore
  both "restore to raw" restore "restic, flushed" restic-flushed restore-flushed
  row "restore, processor" "$(cpu restore)" "restic" "$(cpu restic-restore)" "$(ratio "$(cpu restic-restore)" "$(cpu restore)")x"
  both "restore to raw" restore "qemu-img convert qcow2" qemu-restore restore-qemu
  both "restore to raw" restore "qemu-img convert qcow2, flushed" qemu-flushed restore-qemu-flushed
  row "peak memory, MiB (idle PowerShell: $(median <"$work/start.rss"))" "$(median <"$work/first.rss")" "restic" "$(median <"$work/restic-first.rss")" "-"
done
