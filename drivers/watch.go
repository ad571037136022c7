package drivers

// Counter is a number that a driver counts up.
type Counter struct {
	// Name is the end of the name of a PV: "BYTES:IN", "RETRIES".
	Name string
	// Desc says what is counted, in at most 40 bytes.
	Desc string
	// Read is the number now, since the driver was made. It may be called from any
	// goroutine and does not block.
	Read func() uint64
}

// Counted is a [Driver] that counts what it does; the list does not change.
type Counted interface {
	Counters() []Counter
}

// Plugged is a [Driver] whose hardware comes and goes, such as a USB adapter.
type Plugged interface {
	// Present reports whether the hardware is there, as far as a look at the
	// system tells without touching it; false if that cannot be told. While the driver
	// is closed it is called several times a second, by its worker: when the hardware
	// appears the driver is opened at once.
	Present() bool
}

// Traced is a [Driver] that shows what goes over its wires.
type Traced interface {
	Trace() *Trace
}
