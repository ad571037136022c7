package config

import (
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/pv"
)

const consoleFile = `
ioc: {prefix: "X:"}
devices:
  PS:
    port: {tcp: "192.0.2.1:2"}
    timeout: 100ms
    status: yes
    console: yes
    pvs: {V: {write: "V %f", readback: "V?", reply: "%f"}}
`

func TestConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := Parse("f", []byte(consoleFile))
		if err != nil {
			t.Fatal(err)
		}
		i, stop := startModel(t, m, Options{Sim: true, Log: slog.New(slog.DiscardHandler)})
		defer stop()
		await(t, i, "X:PS:V", func(s pv.Sample) bool { return s.Alarm == pv.Alarm{} })
		for _, c := range []struct {
			command, reply string
			alarm          pv.Status
		}{
			{"V 2.5", "", pv.StatusTimeout},
			{`V\x3F`, "2.5", pv.StatusNone},
		} {
			f, err := i.Database().Lookup("X:PS:CMD")
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Put(pv.StringValue(c.command), nil); err != nil {
				t.Fatal(err)
			}
			await(t, i, "X:PS:REPLY", func(s pv.Sample) bool { return s.Alarm.Status == c.alarm && s.Value.Str() == c.reply })
			await(t, i, "X:PS:CONNECTED", func(s pv.Sample) bool { return s.Value.Int64() == 1 })
		}
	})
}

// A console alone is how one begins with an instrument that one does not know.
func TestConsoleAlone(t *testing.T) {
	m, err := Parse("f", []byte(`devices: {PS: {port: {tcp: "192.0.2.1:2"}, console: yes}}`))
	if err != nil {
		t.Fatal(err)
	}
	i, stop := startModel(t, m, Options{Sim: true, Log: slog.New(slog.DiscardHandler)})
	defer stop()
	for _, name := range []string{"PS:CMD", "PS:REPLY"} {
		if i.Database().Record(name) == nil {
			t.Errorf("there is no %s", name)
		}
	}
}
