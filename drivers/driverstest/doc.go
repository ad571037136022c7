// Package driverstest holds stand-ins for hardware, for tests of drivers and of
// programs that use them: GPIO [Lines], I2C [Registers], a serial [Script]. [Open] opens a
// driver for as long as a test lasts.
package driverstest
