#!/usr/bin/env bash
# Makes a raw disk of 2 GiB with an ext4 file system that holds the files of this machine's system, as many as fit.
#
#   bench/make-system-disk.sh FILE
#
# Files come from /usr/bin, /usr/sbin, /usr/lib and /usr/share, in the order of their paths within each, up to 1.8 GiB.
# Needs: e2fsprogs, tar.
set -euo pipefail
[ $# -eq 1 ] || { sed -n 2,7p "$0"; exit 2; }
image=$(realpath -m "$1")
work=$(mktemp -d "$(dirname "$image")/.system.XXXXXX"); trap 'rm -rf "$work"' EXIT
export LC_ALL=C
for folder in usr/bin usr/sbin usr/lib/x86_64-linux-gnu usr/share usr/lib; do
  [ -d "/$folder" ] && (cd / && find "$folder" -xdev -type f -printf '%s %p\n' | sort -k2)
done | awk '!seen[$2]++ { sum += $1 + 4096; if (sum < 1.8 * 2^30) print substr($0, index($0, " ") + 1) }' >"$work/list"
mkdir "$work/files"
tar -C / -cf - --no-recursion -T "$work/list" | tar -C "$work/files" -xf -
rm -f "$image"; truncate -s 2G "$image"
mke2fs -q -F -t ext4 -N 131072 -d "$work/files" "$image"
