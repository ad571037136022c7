package config

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/drivers/modbus"
	"github.com/ioclet/ioclet/pv"
)

func TestSimulatedSlaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log syncedLog
		i, stop := start(t, "testdata/lab.yaml", Options{Sim: true, Log: log.logger()})
		defer stop()
		await(t, i, "LAB:OVEN2:SP", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == 20 }) // initial: 20
		put(t, i, "LAB:OVEN2:SP", pv.Float64Value(100))
		await(t, i, "LAB:OVEN2:T", func(x pv.Sample) bool { return good(x) && x.Value.Float64() > 95 })
		await(t, i, "LAB:OVEN2:HOT", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == 1 })
		put(t, i, "LAB:OVEN2:LAMP", pv.StringValue("On"))
		await(t, i, "LAB:OVEN2:LAMP", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == 1 })
		put(t, i, "LAB:OVEN2:NAME", pv.StringValue("left oven"))
		await(t, i, "LAB:OVEN2:NAME", func(x pv.Sample) bool { return good(x) && x.Value.Str() == "left oven" })
		for _, name := range []string{"OVEN2:DOOR", "OVEN3:T", "PLC:TRACE"} {
			await(t, i, "LAB:"+name, good)
		}
		if got := fieldText(t, i, "LAB:OVEN2:T.DTYP"); got != "Simulated Modbus" {
			t.Errorf("DTYP %q", got)
		}
		if got := fieldText(t, i, "LAB:OVEN2:T.INP"); got != "@OVEN2 unit 1 input 0" {
			t.Errorf("INP %q", got)
		}
	})
}

// plant is a slave with registers that a test sees.
type plant struct {
	mu        sync.Mutex
	registers map[uint16]uint16
}

func (p *plant) Get(_ uint8, _ modbus.Table, address uint16, into []uint16) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range into {
		into[i] = p.registers[address+uint16(i)]
	}
	return nil
}

func (p *plant) Set(_ uint8, _ modbus.Table, address uint16, values []uint16) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if values[0] == 13 {
		return modbus.IllegalValue
	}
	p.registers[address] = values[0]
	return nil
}

// listen serves the plant over TCP.
func (p *plant) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { l.Close(); serving.Wait() })
	serving.Go(func() { // until the listener is closed
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { // until the connection ends
				defer conn.Close()
				var in []byte
				buf := make([]byte, 300)
				for {
					n, err := conn.Read(buf)
					if err != nil {
						return
					}
					var answers []byte
					answers, in = modbus.Answer(nil, append(in, buf[:n]...), modbus.TCP, p)
					if _, err := conn.Write(answers); err != nil {
						return
					}
				}
			})
		}
	})
	return l.Addr().String()
}

// A slave on the network: values, a put that completes, one that is refused, and what is
// written at the end.
func TestModbusOverTCP(t *testing.T) {
	p := &plant{registers: map[uint16]uint16{0: 0xffce, 2: 200}}
	m, err := Parse("f", []byte(fmt.Sprintf(`
devices:
  OVEN:
    port: {modbus: {tcp: %q, unit: 1}}
    pvs:
      PV: {input: 0, type: int16, scale: 0.1, egu: C, scan: 100ms}
      SP: {holding: 2, type: int16, scale: 0.1, egu: C, drive: [0, 400], on_exit: 0}
`, p.listen(t))))
	if err != nil {
		t.Fatal(err)
	}
	var log syncedLog
	i, stop := startModel(t, m, Options{Log: log.logger()})
	defer stop()
	await(t, i, "OVEN:PV", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == -5 })
	await(t, i, "OVEN:SP", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == 20 })
	put(t, i, "OVEN:SP", pv.Float64Value(150))
	await(t, i, "OVEN:SP", func(x pv.Sample) bool { return good(x) && x.Value.Float64() == 150 })
	refused, err := i.Database().Lookup("OVEN:SP")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	if err := refused.Put(pv.Float64Value(1.3), completion(done)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("a put that the slave refuses completes as if it were good")
	}
	await(t, i, "OVEN:SP", func(x pv.Sample) bool { return x.Alarm.Status == pv.StatusWrite })
	stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.registers[2] != 0 {
		t.Errorf("register 2 is %d at the end, want 0", p.registers[2])
	}
	if text := log.String(); !strings.Contains(text, "illegal data value") {
		t.Errorf("the log does not say why a put was refused:\n%s", text)
	}
}

// The examples of the pages are files that can be used.
func TestConnectionPages(t *testing.T) {
	for name, least := range map[string]int{"connections": 3, "modbus": 1} {
		page, err := os.ReadFile("../docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(page), "```yaml\n")[1:]
		if len(blocks) < least {
			t.Fatalf("%s: %d examples", name, len(blocks))
		}
		for _, block := range blocks {
			text, _, _ := strings.Cut(block, "```")
			if got := parse(t, text); got != "" {
				t.Errorf("%s:\n%s\n%s", name, text, got)
			}
		}
	}
}

// Every PV of examples/modbus lives without hardware, and a setpoint moves what follows it.
func TestModbusExample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log syncedLog
		i, stop := start(t, "../examples/modbus/modbus.yaml", Options{Sim: true, Log: log.logger()})
		defer stop()
		m, err := Load("../examples/modbus/modbus.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range m.PVs {
			await(t, i, p.Name, func(x pv.Sample) bool { return x.Alarm.Severity != pv.InvalidAlarm })
		}
		put(t, i, "PLANT:FAN2:SPEED", pv.Float64Value(50))
		await(t, i, "PLANT:FAN2:RPM", func(x pv.Sample) bool { return x.Value.Float64() == 700 })
		await(t, i, "PLANT:FAN1:RPM", func(x pv.Sample) bool { return x.Value.Float64() == 0 })
		stop()
		if text := log.String(); strings.Contains(text, "fault") {
			t.Errorf("simulated slaves have faults:\n%s", text)
		}
	})
}
