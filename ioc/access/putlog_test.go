package access

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// lines runs l until it has written what was added.
func lines(t *testing.T, l *PutLog, add func()) (list []map[string]any) {
	t.Helper()
	var out bytes.Buffer
	l.Handler = slog.NewJSONHandler(&out, nil)
	add()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Run(ctx)
	for d := json.NewDecoder(&out); d.More(); {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		list = append(list, line)
	}
	return list
}

func TestPutLog(t *testing.T) {
	db := new(record.Database)
	volt := add(t, db, record.Spec{Name: "VOLT", Type: record.AO}).Value()
	led := add(t, db, record.Spec{Name: "LED", Type: record.BO, Info: pv.Info{Choices: []string{"Off", "On"}}}).Value()
	wave := add(t, db, record.Spec{Name: "WAVE", Type: record.Waveform, ElementKind: pv.Int32, Elements: 100}).Value()
	text := add(t, db, record.Spec{Name: "TEXT", Type: record.LSO, Elements: 1000}).Value()
	egu, _ := volt.Record().Field("EGU")
	desc, _ := db.Lookup("VOLT.DESC$")
	put := func(f record.Field, old, now pv.Value, s protocol.Status) Put {
		return Put{
			Time: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), User: "ann", Host: "desk", Peer: "10.0.0.5:41000",
			Field: f, Old: old, New: now, Status: s,
		}
	}
	tests := []struct {
		put  Put
		want string
	}{
		{put(volt, pv.Float64Value(1.5), pv.Float64Value(2), protocol.ECANormal), `{"pv":"VOLT","old":1.5,"new":2,"result":"ECA_NORMAL"}`},
		{put(volt, pv.Float64Value(math.NaN()), pv.Float64Value(math.Inf(1)), protocol.ECANormal), `{"pv":"VOLT","old":"NaN","new":"+Inf","result":"ECA_NORMAL"}`},
		{put(volt, pv.Float64Value(1), pv.StringValue("lots"), protocol.ECAPutFail), `{"pv":"VOLT","old":1,"new":"lots","result":"ECA_PUTFAIL"}`},
		{put(volt, pv.Float64Value(1), pv.Value{}, protocol.ECANoWtAccess), `{"pv":"VOLT","old":1,"new":null,"result":"ECA_NOWTACCESS"}`},
		{put(egu, pv.StringValue("V"), pv.StringValue("mV"), protocol.ECANormal), `{"pv":"VOLT.EGU","old":"V","new":"mV","result":"ECA_NORMAL"}`},
		{put(desc, pv.ArrayValue([]uint8("a\x00")), pv.ArrayValue([]uint8("coil\x00?")), protocol.ECANormal), `{"pv":"VOLT.DESC$","old":"a","new":"coil","result":"ECA_NORMAL"}`},
		{put(led, pv.EnumValue(0), pv.EnumValue(1), protocol.ECANormal), `{"pv":"LED","old":"Off","new":"On","result":"ECA_NORMAL"}`},
		{put(led, pv.EnumValue(0), pv.EnumValue(9), protocol.ECANormal), `{"pv":"LED","old":"Off","new":9,"result":"ECA_NORMAL"}`},
		{
			put(wave, pv.ArrayValue([]int32{1}), pv.ArrayValue(make([]int32, 20)), protocol.ECANormal),
			`{"pv":"WAVE","old":[1],"old_count":1,"new":[0,0,0,0,0,0,0,0,0,0],"new_count":20,"result":"ECA_NORMAL"}`,
		},
		{
			put(desc, pv.StringValue("x"), pv.ArrayValue(bytes.Repeat([]byte("x"), 300)), protocol.ECANormal),
			`{"pv":"VOLT.DESC$","old":"x","new":"` + strings.Repeat("x", maxString) + `…","result":"ECA_NORMAL"}`,
		},
		{
			put(text, pv.StringValue(""), pv.StringValue(strings.Repeat("x", 300)), protocol.ECANormal),
			`{"pv":"TEXT","old":"","new":"` + strings.Repeat("x", maxString) + `…","result":"ECA_NORMAL"}`,
		},
	}
	var l PutLog
	got := lines(t, &l, func() {
		for _, tt := range tests {
			l.Add(tt.put)
		}
	})
	if len(got) != len(tests) {
		t.Fatalf("%d lines of %d", len(got), len(tests))
	}
	for i, tt := range tests {
		want := map[string]any{"time": "2026-11-22T10:00:00Z", "level": "INFO", "msg": "put", "user": "ann", "host": "desk", "peer": "10.0.0.5:41000"}
		if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(got[i])
		b, _ := json.Marshal(want)
		if !bytes.Equal(a, b) {
			t.Errorf("%s\nwant\n%s", a, b)
		}
	}
}

func TestPutLogOfChanges(t *testing.T) {
	db := new(record.Database)
	f := add(t, db, record.Spec{Name: "X", Type: record.AO}).Value()
	same := Put{Field: f, Old: pv.Float64Value(1), New: pv.Float64Value(1), Status: protocol.ECANormal}
	refused, other := same, same
	refused.Status = protocol.ECANoWtAccess
	other.New = pv.Float64Value(2)
	for _, tt := range []struct {
		changes bool
		want    int
	}{{false, 3}, {true, 2}} {
		l := PutLog{Changes: tt.changes}
		got := lines(t, &l, func() { l.Add(same); l.Add(refused); l.Add(other) })
		if len(got) != tt.want {
			t.Errorf("Changes %v: %d lines, want %d", tt.changes, len(got), tt.want)
		}
	}
}

// What cannot be kept is counted, and said.
func TestPutLogDrops(t *testing.T) {
	db := new(record.Database)
	f := add(t, db, record.Spec{Name: "X", Type: record.AO}).Value()
	var l PutLog
	got := lines(t, &l, func() {
		for range maxWaiting + 7 {
			l.Add(Put{Field: f})
		}
	})
	if len(got) != maxWaiting || got[0]["dropped"] != 7.0 || got[1]["dropped"] != nil {
		t.Errorf("%d lines, dropped %v, then %v", len(got), got[0]["dropped"], got[1]["dropped"])
	}
}

// faulty is a handler that fails as long as it is said to.
type faulty struct {
	slog.Handler
	err error
}

func (f *faulty) Handle(ctx context.Context, r slog.Record) error {
	if f.err != nil {
		return f.err
	}
	return f.Handler.Handle(ctx, r)
}

func TestPutLogHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := new(record.Database)
		f := add(t, db, record.Spec{Name: "X", Type: record.AO}).Value()
		var out, log strings.Builder
		h := &faulty{slog.NewJSONHandler(&out, nil), errors.New("disk full")}
		l := PutLog{Handler: h, Log: slog.New(slog.NewTextHandler(&log, nil))}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); l.Run(ctx) }()
		for range 3 {
			l.Add(Put{Field: f})
			synctest.Wait()
		}
		h.err = nil
		l.Add(Put{Field: f})
		synctest.Wait()
		cancel()
		<-ended
		if n := strings.Count(log.String(), "\n"); n != 2 || !strings.Contains(log.String(), "disk full") {
			t.Errorf("%d lines:\n%s", n, log.String())
		}
		if strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), `"dropped":3`) {
			t.Errorf("written: %s", out.String())
		}
	})
}

func TestLogFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "puts.jsonl")
	f := LogFile{Path: path}
	for _, line := range []string{"one\n", "two\n"} {
		if _, err := f.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("three\n")); err != nil {
		t.Fatal(err)
	}
	first, _ := os.ReadFile(path + ".1")
	second, _ := os.ReadFile(path)
	if string(first) != "one\ntwo\n" || string(second) != "three\n" {
		t.Errorf("%q and %q", first, second)
	}
	if _, err := (&LogFile{Path: filepath.Join(path, "x")}).Write(nil); err == nil {
		t.Error("written into nowhere")
	}
}
