// Package control is how the tests outside of the emulated Raspberry Pi move its
// hardware and its IOC: calls of net/rpc over TCP, to a service that the program hil/guest
// offers inside.
//
//	test ─▶ Board ── net/rpc ──▶ guest ─▶ sysfs, /dev, rpi-ioc
//
// What it does goes past rpi-ioc, as a hand on the bench would.
package control
