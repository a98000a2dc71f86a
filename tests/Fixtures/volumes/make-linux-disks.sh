#!/usr/bin/env bash
# Makes the two small disks of a Linux machine that tests read: system.raw.gz, an MBR disk with an ext4 root, and data.raw.gz, an ext4 volume without
# a partition table that the root's fstab mounts at /srv. Needs e2fsprogs and sfdisk; run as root, so that owners and a device node are kept.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=1700000000 E2FSPROGS_FAKE_TIME=1700000000
root=$work/root data=$work/data
mkdir -p "$root"/{etc/app,etc/nginx,home/anna,srv,var/log,usr/bin} "$data/www"
printf 'UUID=11111111-2222-3333-4444-555555555555 / ext4 defaults 0 1\n# the data disk\nLABEL=data /srv ext4 defaults,nofail 0 2\n' >"$root/etc/fstab"
printf 'NAME="Test Linux"\nID=test\nVERSION_ID="1"\n' >"$root/etc/os-release"
printf 'one\n' >"$root/etc/one.conf"; printf 'two two\n' >"$root/etc/app/two.conf"
printf 'user www-data;\n' >"$root/etc/nginx/nginx.conf"; printf 'started\n' >"$root/var/log/boot.log"
printf 'secret\n' >"$root/etc/shadow"; chmod 640 "$root/etc/shadow"; chown 0:42 "$root/etc/shadow"
head -c 70000 /dev/zero | tr '\0' 'x' >"$root/var/log/syslog"
truncate -s 1M "$root/var/log/lastlog"; printf 'end' | dd of="$root/var/log/lastlog" bs=1 seek=500000 conv=notrunc status=none
ln -s one.conf "$root/etc/link.conf"; ln -s /etc "$root/usr/bin/etc"; ln -s ../../../../etc/passwd "$root/home/anna/out"; ln -s loop "$root/home/anna/loop"
mknod "$root/home/anna/null" c 1 3; mkfifo "$root/home/anna/pipe"
printf 'x' >"$root/home/anna/$(printf 'caf\xe9')"; printf 'hello\n' >"$data/www/index.html"; chown -R 33:33 "$data/www"
find "$root" "$data" -exec touch -h -d @1700000000 {} +
truncate -s 4M "$work/system.raw"; truncate -s 1M "$work/data.raw"
printf 'label: dos\nlabel-id: 0x11223344\nstart=2048, size=4096, type=83, bootable\n' | sfdisk -q "$work/system.raw"
mke2fs -q -F -t ext4 -b 1024 -N 128 -O ^has_journal -L root -U 11111111-2222-3333-4444-555555555555 -E hash_seed=11111111-2222-3333-4444-555555555556,offset=1048576 -d "$root" "$work/system.raw" 2048
mke2fs -q -F -t ext4 -b 1024 -N 64 -O ^has_journal -L data -U 11111111-2222-3333-4444-555555555557 -E hash_seed=11111111-2222-3333-4444-555555555558 -d "$data" "$work/data.raw"
for disk in system data; do gzip -9n <"$work/$disk.raw" >"$disk.raw.gz"; done
