package config

import (
	"bufio"
	"io"
	"testing"
)

func TestConnection(t *testing.T) {
	m, err := Parse("f", []byte(`
ports: {wire: {tcp: "192.0.2.7:5025"}}
devices:
  G1: {port: wire, terminator: "\r", pvs: {P: {read: "P?", reply: "%f", sim: "1.5"}}}
  G2: {port: wire, in_terminator: ";", out_terminator: "", pvs: {P: {read: "Q?", reply: "%f"}}}
  PS: {port: {tcp: "192.0.2.8:5025"}, pvs: {V: {read: "V?", reply: "%f"}}}
  ADC: {i2c: {bus: 1, address: 0x48}, pvs: {A: {at: 0}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, transport, in, out string }{
		{"wire", "tcp 192.0.2.7:5025", "\r", "\r"},
		{"G1", "tcp 192.0.2.7:5025", "\r", "\r"},
		{"G2", "tcp 192.0.2.7:5025", ";", ""},
		{"PS", "tcp 192.0.2.8:5025", "\n", "\n"},
	} {
		c, err := m.Connection(test.name, false)
		if err != nil || c.Transport.String() != test.transport || c.In != test.in || c.Out != test.out {
			t.Errorf("%s: %v %q %q, %v; want %v", test.name, c.Transport, c.In, c.Out, err, test)
		}
	}
	for name, want := range map[string]string{
		"PX":  `no device or port "PX" (did you mean "PS"?)`,
		"ADC": `no device or port "ADC" with text commands, there are ["G1" "G2" "PS" "wire"]`,
	} {
		if _, err := m.Connection(name, false); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}

	c, err := m.Connection("G1", true)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Transport.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "P?\r"); err != nil {
		t.Fatal(err)
	}
	if answer, err := bufio.NewReader(conn).ReadString('\r'); err != nil || answer != "1.5\r" && answer != "1.500000\r" {
		t.Errorf("the simulated gauge answers %q, %v", answer, err)
	}
}
