// Package hil proves rpi-ioc on an emulated Raspberry Pi 3B: its tests boot QEMU with a
// kernel of Debian, run the linux/arm64 rpi-ioc on bench.yaml inside, and move from
// outside what its pins and buses are connected to.
//
//	make hil      needs Debian 12, and root once, to install QEMU and a cross compiler
//
//	test ── Channel Access (package client) ─▶ rpi-ioc ─▶ kernel: GPIO, I2C, USB serial
//	 ├───── net/rpc (package control) ───────▶ guest ───▶ sysfs: levels, plugs, signals
//	 ├───── QMP ─────────────────────────────────────────▶ QEMU: registers, temperature
//	 └───── Unix socket ─────────────────────────────────▶ the instrument's end of the wire
//
// What is proved: rpi-ioc scan finds what is on the board; an edge becomes an event with
// the kernel's time stamp, also if the IOC is stopped meanwhile; outputs, seen from outside
// of the IOC, begin where they should, follow their PVs and end in their safe states; a
// temperature moves; an EEPROM keeps what is written; a flash on SPI says who it is; a chip
// that does not answer is an alarm, which heals, and the chip gets its init sequence again;
// an adapter comes back each time it was pulled out, under another name too; its line has
// the settings of the file. The times from edge to client and the rate of events are
// printed; they are those of an emulated processor and adapter, so that only runs on one
// machine can be compared.
//
// The tests have the build tag hil. Without it there is only the test that bench.yaml
// fits rpi-ioc. scripts/hil.sh gets what they need and keeps it in HIL_CACHE, ioclet-hil in
// the user's cache if not given, by the version of the kernel. Debian builds its kernel
// without gpio-sim, whose lines have another side that can be moved; it is compiled from
// Debian's source. QEMU's own GPIO has outputs only.
package hil
