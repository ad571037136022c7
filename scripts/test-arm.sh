#!/usr/bin/env bash
# The tests as programs for the processor of a Pi Zero (ARMv6), run by QEMU's emulation of
# it: an instruction of a later ARM ends them. Gets QEMU 10 from Debian 12's backports,
# without installing it, and keeps it in ARM_CACHE. Arguments are packages; all but those
# that need foreign programs if none is given.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${ARM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ioclet-arm}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
. scripts/private-apt.sh

if [[ ! -x $cache/qemu-arm ]]; then
	echo "test-arm: downloading QEMU" >&2
	private_apt host "$(dpkg --print-architecture)" bookworm-backports
	(cd "$cache" && APT_CONFIG=$cache/apt-host/apt.conf apt-get -qq download qemu-user)
	dpkg-deb --fsys-tarfile "$cache"/qemu-user_*.deb | tar -xO ./usr/bin/qemu-arm >"$cache/half"
	chmod +x "$cache/half"
	mv "$cache/half" "$cache/qemu-arm"
	rm -rf "$cache"/apt-host "$cache"/*.deb
fi
export GOARCH=arm GOARM=6 CGO_ENABLED=0
if (($# == 0)); then
	mapfile -t packages < <(go list ./... | grep -v -e /interop -e /bench)
	set -- "${packages[@]}"
fi
exec go test -shuffle=on -exec "$cache/qemu-arm -cpu arm1176" "$@"
