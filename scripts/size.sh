#!/usr/bin/env bash
# Prints the size of the stripped rpi-ioc for the smallest supported machine (ARMv6).
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p dist
CGO_ENABLED=0 GOOS=linux GOARCH=arm GOARM=6 go build -trimpath -ldflags '-s -w' -o dist/rpi-ioc-linux-armv6 ./cmd/rpi-ioc
stat -c 'rpi-ioc linux/arm v6, stripped: %s bytes' dist/rpi-ioc-linux-armv6
