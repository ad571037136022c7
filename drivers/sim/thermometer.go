package sim

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers/sysfs"
)

// oneWireDir is where the kernel has the devices of 1-Wire buses.
const oneWireDir = "/sys/bus/w1/devices"

// thermometer is a simulated DS18B20.
type thermometer struct {
	mu         sync.Mutex // guards what follows
	world      clock
	expression *expression
	fault      Fault
}

// AddSensor adds a DS18B20 to a 1-Wire bus, whose temperature in °C is that of the
// simulation, each time it converts.
func (t *Tree) AddSensor(id, simulation string, seed uint64) error {
	s := &thermometer{world: clock{now: time.Now(), random: rand.New(rand.NewPCG(seed, 4))}}
	var err error
	if s.expression, err = compile(simulation, nil, &s.world); err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	t.mu.Lock()
	if t.sensors == nil {
		t.sensors = map[string]*thermometer{}
	}
	t.sensors[id] = s
	t.mu.Unlock()
	t.Set(oneWireDir+"/w1_bus_master1/therm_bulk_read", "0\n")
	t.Set(path.Join(oneWireDir, id, "resolution"), "12\n")
	t.Handle(path.Join(oneWireDir, id, "w1_slave"), s.read, nil)
	return nil
}

// read is what the kernel says of the sensor.
func (s *thermometer) read() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.now = time.Now()
	pad := sysfs.ScratchpadOf(s.expression.eval(nil))
	switch s.fault {
	case Drop:
		return nil, nil
	case Garbage:
		pad[s.world.random.IntN(len(pad))] ^= 1 << s.world.random.IntN(8)
	case PowerOn:
		pad = sysfs.PowerOn
	}
	return []byte(pad.Text()), nil
}

// SensorFaults lists what can be wrong with a sensor of a [Tree].
func SensorFaults() []Fault { return []Fault{NoFault, Drop, Garbage, PowerOn, Unplug} }

// SetSensorFault makes something wrong with a sensor, until another fault, or NoFault, is.
func (t *Tree) SetSensorFault(id string, f Fault) {
	var gone error
	if f == Unplug {
		gone = fs.ErrNotExist
	}
	t.Fail(path.Join(oneWireDir, id), gone)
	t.mu.Lock()
	s := t.sensors[id]
	t.mu.Unlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}
