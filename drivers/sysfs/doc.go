// Package sysfs is the driver of what the kernel already drives: sensors, converters
// and 1-Wire thermometers that appear as text files under /sys, and any other file with
// a value in it.
//
//	iio bme280, in_temp ──┐ Place          one worker a device
//	hwmon, thermal zone ──┼▶ directory ─▶ Attribute ─▶ text ─▶ value in its unit
//	/proc/loadavg ────────┘
//	28-0316a2795f2c ─────── OneWire: one conversion for all ─▶ w1_slave ─▶ °C
//
// Devices are found by their names, never by their numbers, which change from boot to
// boot, and are looked for again whenever they have vanished. Where the files come from
// is a [Files]: [Kernel], or a simulated or recorded tree.
package sysfs
