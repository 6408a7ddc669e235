#!/usr/bin/env bash
# Runs tests in a virtual machine with Debian's kernel and cgroup v2 alone, as most users have it:
#   run.sh [FILTER]        FILTER as in `swift test --filter`; the tests that need root if not given
# The machine needs no network. It is emulated, which works everywhere but is slow: choose what to
# run. ROOST_VM_ACCELERATOR=kvm uses the hardware where it can be used.
# Needs root, `make debug` or `make test` before, and the packages that it names when they are missing.
set -euo pipefail

filter=${1:-RuntimeTests|NetworkingTests|IntegrationTests}
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
build=$project/.build/debug
work=$project/.build/virtual-machine
minutes=${ROOST_VM_MINUTES:-60}

for program in qemu-system-x86_64:qemu-system-x86 mmdebstrap:mmdebstrap cpio:cpio \
  mkfs.ext4:e2fsprogs busybox:busybox-static; do
  command -v "${program%%:*}" >/dev/null || { echo "install ${program##*:} first" >&2; exit 1; }
done
[ -x "$build/roostPackageTests.xctest" ] || { echo "build the tests first: make test" >&2; exit 1; }

# The system: made once, since it takes a minute and hundreds of megabytes.
mkdir -p "$work"
system=$work/system.tar
if [ ! -e "$system" ]; then
  packages=$("$project/.ci/prerequisites" test list)
  mmdebstrap --variant=minbase --include="linux-image-cloud-amd64 kmod $packages" \
    bookworm "$work/unfinished.tar"
  mv "$work/unfinished.tar" "$system"
fi

# Its root directory: the system, our programs, and the libraries of Swift that they need.
root=$work/root
rm -rf "$root"
mkdir -p "$root"
tar -C "$root" -xf "$system"
libraries=$(ldd "$build/roostPackageTests.xctest" | awk '/libswiftCore/ { print $3 }')
libraries=$(dirname "$libraries")
# Programs look for them where they were when they were built.
mkdir -p "$root/tests/debug" "$root$libraries"
cp "$libraries"/*.so "$root$libraries/"
for program in roost roost-shim roost-archive roost-registry roostPackageTests.xctest; do
  cp "$build/$program" "$root/tests/debug/"
done
cp "$here/init" "$root/init"
echo "$filter" > "$root/tests/filter"
disk=$work/disk.img
rm -f "$disk"
truncate -s "$(($(du -sm "$root" | cut -f1) + 1000))M" "$disk"
mkfs.ext4 -q -F -d "$root" "$disk"

# What is needed to reach the disk.
start=$work/start
rm -rf "$start"
mkdir -p "$start/bin" "$start/modules" "$start/new" "$start/proc" "$start/dev"
cp "$(command -v busybox)" "$start/bin/busybox"
drivers=$(echo "$root"/lib/modules/*/kernel/drivers)
modules="virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk"
for module in $modules; do
  cp "$drivers"/*/"$module.ko" "$start/modules/"
done
cat > "$start/init" <<END
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
for module in $modules; do /bin/busybox insmod /modules/\$module.ko; done
until [ -b /dev/vda ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 /dev/vda /new
exec /bin/busybox switch_root /new /init
END
chmod +x "$start/init"
(cd "$start" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/start.gz"

log=$work/console.log
timeout "$((minutes * 60))" qemu-system-x86_64 -accel "${ROOST_VM_ACCELERATOR:-tcg}" -cpu max \
  -m 4096 -smp 2 -nographic -no-reboot -nic none \
  -kernel "$(echo "$root"/boot/vmlinuz-*)" -initrd "$work/start.gz" \
  -append "console=ttyS0 quiet panic=1 mitigations=off" \
  -drive "file=$disk,format=raw,if=virtio,cache=unsafe" < /dev/null | tee "$log"
grep -q "^the tests ended with code 0" "$log"
