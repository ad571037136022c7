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
arm="$cache/qemu-arm -cpu arm1176"
export CGO_ENABLED=0
if (($#)); then
	GOARCH=arm GOARM=6 exec go test -shuffle=on -exec "$arm" "$@"
fi

# Left out: what needs foreign programs, and tests that start their own program again,
# which the emulation cannot.
mapfile -t packages < <(go list ./... | grep -v -e /interop -e /bench -e /cmd/ -e /examples/embed)
GOARCH=arm GOARM=6 go test -shuffle=on -exec "$arm" "${packages[@]}"

# The program itself, on simulated hardware, asked by our client for what its instrument says.
run=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$run"' EXIT
GOARCH=arm GOARM=6 go build -o "$run/rpi-ioc" ./cmd/rpi-ioc
go build -o "$run/ca" ./cmd/ca
port=$((20000 + RANDOM % 20000))
EPICS_CAS_SERVER_PORT=$port EPICS_CAS_BEACON_PORT=$((port + 1)) EPICS_CAS_INTF_ADDR_LIST=127.0.0.1 \
	EPICS_CAS_AUTO_BEACON_ADDR_LIST=NO $arm "$run/rpi-ioc" run --sim examples/bench/bench.yaml >"$run/said" 2>&1 &
export EPICS_CA_ADDR_LIST=127.0.0.1 EPICS_CA_AUTO_ADDR_LIST=NO EPICS_CA_SERVER_PORT=$port
for ((SECONDS = 0; SECONDS < 60; )); do # it may not have asked its instrument yet
	got=$("$run/ca" get -t -w 10 BENCH1:PS:ID 2>&1) || true
	[[ $got != *ioclet* ]] || break
done
[[ $got == *ioclet* ]] || { cat "$run/said"; echo "rpi-ioc on ARMv6: BENCH1:PS:ID is '$got'"; exit 1; }
kill %1
wait %1
echo "ok  	rpi-ioc on ARMv6: $got"
