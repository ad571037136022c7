package serial

// PortInfo is a serial port of this machine.
type PortInfo struct {
	Path    string   // /dev/ttyUSB0, COM3
	Links   []string // other names, which may outlast replugging: /dev/serial/by-id/…
	USB     *USB     // nil if it is not on USB
	Product string   // what the adapter calls itself, "" if unknown
	Driver  string   // the kernel's: ftdi_sio; "" if unknown
	Err     error    // why this user cannot open it, nil if he can, as far as is known
}
