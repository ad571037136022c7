package host

import "github.com/ioclet/ioclet/pv"

// Quantity is something that can be told of the machine.
type Quantity struct {
	Name   string // "cpu_temp"
	Doc    string
	Kind   pv.Kind // of the channel's values: Float64, Int64, Enum (as Int64) or String
	Units  string
	Prec   int16
	States []string // of an Enum

	read func(*Driver) (pv.Value, error)
}

// quantities are in the order in which they are explained best.
var quantities = []Quantity{
	{Name: "cpu_temp", Doc: "temperature of the processor", Kind: pv.Float64, Units: "C", Prec: 1, read: (*Driver).cpuTemp},
	{Name: "undervoltage", Doc: "whether a Raspberry Pi's supply is too low", Kind: pv.Enum, States: []string{"Good", "Low"}, read: (*Driver).undervoltage},
	{Name: "throttled", Doc: "bits of a Raspberry Pi's vcgencmd get_throttled: 0 undervoltage, 1 frequency capped, 2 throttled, 3 too warm; 16 to 19 since the start", Kind: pv.Int64, read: (*Driver).throttled},
	{Name: "load", Doc: "processes that want to run, a mean over one minute", Kind: pv.Float64, Prec: 2, read: (*Driver).load},
	{Name: "cpu_load", Doc: "how busy the processors have been since the last reading", Kind: pv.Float64, Units: "%", Prec: 1, read: (*Driver).cpuLoad},
	{Name: "ioc_load", Doc: "how busy this process has kept one processor since the last reading", Kind: pv.Float64, Units: "%", Prec: 1, read: (*Driver).iocLoad},
	{Name: "memory", Doc: "memory that this process has", Kind: pv.Float64, Units: "MB", Prec: 1, read: (*Driver).memory},
	{Name: "memory_free", Doc: "memory that programs can still have", Kind: pv.Float64, Units: "MB", Prec: 0, read: (*Driver).memoryFree},
	{Name: "files", Doc: "files and sockets that this process has open", Kind: pv.Int64, read: (*Driver).openFiles},
	{Name: "uptime", Doc: "since the machine was started", Kind: pv.Float64, Units: "s", Prec: 0, read: (*Driver).uptime},
	{Name: "ioc_uptime", Doc: "since the IOC was started", Kind: pv.Float64, Units: "s", Prec: 0, read: (*Driver).iocUptime},
	{Name: "clock", Doc: "whether the clock is synchronized with others", Kind: pv.Enum, States: []string{"Unsynchronized", "Synchronized"}, read: (*Driver).clock},
	{Name: "hostname", Doc: "the machine's name", Kind: pv.String, read: (*Driver).hostname},
}

// Quantities are all that there are.
func Quantities() []Quantity { return quantities[:len(quantities):len(quantities)] }

// Find is the quantity of that name, and false if there is none.
func Find(name string) (Quantity, bool) {
	for _, q := range quantities {
		if q.Name == name {
			return q, true
		}
	}
	return Quantity{}, false
}
