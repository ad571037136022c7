#!/usr/bin/env bash
# Prints the size of the stripped rpi-ioc for the smallest supported machine (ARMv6), and
# fails if that is above its budget.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p dist
CGO_ENABLED=0 GOOS=linux GOARCH=arm GOARM=6 go build -trimpath -ldflags '-s -w' -o dist/rpi-ioc-linux-armv6 ./cmd/rpi-ioc
size=$(stat -c %s dist/rpi-ioc-linux-armv6)
budget=9000000
echo "rpi-ioc linux/arm v6, stripped: $size bytes (budget $budget)"
((size <= budget))
