#!/usr/bin/env bash
# The emulated Raspberry Pi of hil/: gets QEMU, Debian's arm64 kernel and what it takes to
# build gpio-sim for it, keeps all that in HIL_CACHE, and runs the tests. Needs Debian 12.
# Without network it runs from the cache; remove the cache to look for a newer kernel.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
cache=${HIL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ioclet-hil}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
step() { echo "hil: $* (${SECONDS}s)" >&2; }

. scripts/private-apt.sh
apt_host() { APT_CONFIG=$cache/apt-host/apt.conf "$@"; }
apt_arm64() { APT_CONFIG=$cache/apt-arm64/apt.conf "$@"; }

# The machine models I2C from QEMU 9.1 on.
qemu_is_new() {
	local have
	have=$(qemu-system-aarch64 --version 2>/dev/null | sed -n 's/.*version \([0-9.]*\).*/\1/p') || return 1
	[[ -n $have && $(printf '%s\n' 9.1 "$have" | sort -V | head -1) == 9.1 ]]
}
tools_are_there() {
	local tool
	for tool in aarch64-linux-gnu-gcc dtc fdtoverlay make xz; do
		command -v "$tool" >/dev/null || return 1
	done
}

install_tools() {
	if ((EUID != 0)); then
		echo "hil: QEMU (9.1 or newer, qemu-system-arm of bookworm-backports), gcc-aarch64-linux-gnu, libc6-dev-arm64-cross," \
			"device-tree-compiler, make and xz-utils are needed: run this once as root, or install them" >&2
		exit 1
	fi
	step "installing QEMU and the cross compiler"
	private_apt host "$(dpkg --print-architecture)" bookworm bookworm-security bookworm-backports
	export DEBIAN_FRONTEND=noninteractive
	if ! qemu_is_new; then
		apt_host apt-get -qq -y --no-install-recommends install -t bookworm-backports qemu-system-arm >"$cache/install.log" 2>&1
	fi
	if ! tools_are_there; then
		apt_host apt-get -qq -y --no-install-recommends install gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
			device-tree-compiler make xz-utils >>"$cache/install.log" 2>&1
	fi
	apt_host apt-get -qq clean
}

# get_kernel makes $cache/KERNEL/: boot/vmlinuz-KERNEL, lib/modules, the device tree and
# gpio-sim.ko, and at last the link $cache/kernel to it: what is half made is not used.
get_kernel() {
	step "downloading the kernel"
	private_apt arm64 arm64 bookworm bookworm-security
	[[ -d $cache/apt-host ]] || private_apt host "$(dpkg --print-architecture)" bookworm bookworm-security bookworm-backports
	local package kernel version series dir build deb
	package=$(apt_arm64 apt-cache show linux-image-arm64 |
		sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p' | head -1)
	kernel=${package#linux-image-}
	version=$(apt_arm64 apt-cache policy "$package" | sed -n 's/ *Candidate: //p')
	series=$(cut -d. -f1,2 <<<"$kernel")
	dir=$cache/$kernel
	build=$cache/build
	rm -rf "$dir" "$build"
	mkdir -p "$dir" "$build/debs" "$build/headers" "$build/gpio-sim"
	cd "$build/debs"
	apt_arm64 apt-get -qq download "$package" "linux-headers-$kernel" "linux-headers-${kernel%-arm64}-common"
	apt_host apt-get -qq download "linux-kbuild-$series=$version" "linux-source-$series=$version"
	dpkg -x linux-image-*.deb "$dir"
	for deb in linux-headers-*.deb linux-kbuild-*.deb; do dpkg -x "$deb" "$build/headers"; done

	step "building gpio-sim for $kernel"
	# Debian builds no gpio-sim and no irq_sim. The two are compiled as one module; what
	# irq_sim calls and the kernel does not export has an exported twin.
	cd "$build/gpio-sim"
	dpkg --fsys-tarfile ../debs/linux-source-*.deb | tar -xO --wildcards '*.tar.xz' |
		tar -xJ --strip-components=1 --wildcards '*/drivers/gpio/gpio-sim.c' '*/drivers/gpio/gpiolib.h' '*/kernel/irq/irq_sim.c'
	mv drivers/gpio/gpio-sim.c gpio-sim-main.c
	mv drivers/gpio/gpiolib.h .
	sed 's/handle_simple_irq(irq_to_desc(irqnum))/generic_handle_irq(irqnum)/' kernel/irq/irq_sim.c >irq_sim.c
	printf 'obj-m := gpio-sim.o\ngpio-sim-y := gpio-sim-main.o irq_sim.o\n' >Kbuild
	local src=$build/headers/usr/src
	sed -i "s#^include /usr/src/#include $src/#" "$src/linux-headers-$kernel/Makefile"
	make -s -C "$src/linux-headers-$kernel" M="$PWD" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- modules >"$cache/module.log" 2>&1
	cp gpio-sim.ko "$dir/"
	cd "$root"
	# Of some thousand modules the board needs few; the directories of those stay.
	find "$dir/lib" -name '*.ko' -not -path '*/drivers/usb/*' -not -path '*/drivers/i2c/*' -not -path '*/drivers/spi/*' \
		-not -path '*/drivers/phy/*' -not -path '*/drivers/watchdog/*' -not -path '*/drivers/net/usb/*' \
		-not -path '*/drivers/net/phy/*' -not -path '*/drivers/net/mii.ko' -not -path '*/fs/configfs/*' -delete
	rm -rf "$build" "$dir/usr/share" "$dir"/boot/System.map-*
	ln -sfn "$kernel" "$cache/kernel"
}

if ! qemu_is_new || ! tools_are_there; then install_tools; fi
# A cache may be of a version of this script that kept fewer modules.
[[ -e $cache/kernel/gpio-sim.ko && -n $(find "$cache/kernel/" -name 'spi-bcm2835.ko*') ]] || get_kernel
rm -rf "$cache"/apt-*
step "testing"
export HIL_CACHE=$cache
exec nice go test -tags hil -count=1 -v -timeout 5m "$@" ./hil
