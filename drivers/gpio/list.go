package gpio

// ChipInfo is a GPIO chip of this machine.
type ChipInfo struct {
	Path   string // of the device node: /dev/gpiochip0
	Label  string // from the chip's driver: pinctrl-bcm2711
	Device string // the hardware device behind it: fe200000.gpio; "" if not known
	Lines  []LineInfo
}

// LineInfo is a line of a chip.
type LineInfo struct {
	Offset   int
	Name     string // "" if the device tree names none
	Used     bool   // by a program or the kernel
	Consumer string // who uses it, as far as they say
	Output   bool
	Low      bool // active low
}
