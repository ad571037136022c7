// Package pwm is the driver of hardware that makes pulses of a steady period: heaters,
// servos, fans, dimmed lamps. The kernel has it under /sys/class/pwm, a directory for
// each chip and each of its channels.
//
//	ao in percent ─▶ channel's Write ─▶ duty_cycle of period ─▶ pin
//	                 channel's Read  ◀─ duty_cycle, enable
//
// The numbers of chips differ from kernel to kernel: they are better told by where they
// are, the name of their device.
package pwm
