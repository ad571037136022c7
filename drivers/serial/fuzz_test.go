package serial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// record is a sink that writes down what it gets.
type record struct{ out *strings.Builder }

func (r record) Post(v pv.Value, _ pv.Stamp, _ pv.Alarm) {
	fmt.Fprintf(r.out, "%v %q\n", v.Float64(), v.Str())
}
func (r record) Fault(err error) { fmt.Fprintln(r.out, err) }

// never is a connection on which nothing happens.
type never struct{ done chan struct{} }

func (n never) Read([]byte) (int, error)    { <-n.done; return 0, io.EOF }
func (n never) Write(b []byte) (int, error) { return len(b), nil }
func (n never) Close() error                { close(n.done); return nil }

// FuzzUnasked: whatever comes unasked, the port does not fail, keeps its limits, and
// takes bytes one by one as it takes them at once.
func FuzzUnasked(f *testing.F) {
	for _, s := range []string{
		"T=1 H=2\n", "T=1 H=2\r\nMSG hello world\nT=3", "T=nan H=\nT=1e999 H=-0\n\n", "\x00\xff\nMSG \n", strings.Repeat("x", 300) + "\nT=1 H=2\n",
		strings.Repeat("x", 257) + "T=1 H=2\nT=3 H=4\n", "MSG " + strings.Repeat("x", 252) + "\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		listen := func(size, length int) string {
			p, err := New(Options{
				MaxLine: 256, Log: slog.New(slog.DiscardHandler),
				Transport: DialFunc(func(context.Context) (Conn, error) { return never{make(chan struct{})}, nil }),
				Devices: []Device{{Name: "D", Length: length, Channels: []Channel{
					{Name: "T", Receive: "T=%f H=%(H)f"}, {Name: "H"}, {Name: "M", Receive: "MSG %s"},
				}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for _, c := range p.Channels() {
				c.(drivers.Notifier).Notify(record{&out})
			}
			if err := p.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			s := p.current()
			if !s.AcquireInput(t.Context()) {
				t.Fatal("no turn")
			}
			for rest := input; len(rest) > 0; {
				n := min(size, len(rest))
				s.receive(rest[:n])
				rest = rest[n:]
				p.listen(s, p.receiveEnd)
				if len(s.input)-s.head > 2*256 {
					t.Fatalf("%d bytes kept, with lines of at most 256", len(s.input)-s.head)
				}
			}
			s.Release()
			return out.String()
		}
		for _, length := range []int{0, 7} {
			if a, b := listen(1, length), listen(100, length); a != b {
				t.Errorf("byte by byte\n%sin pieces\n%s", a, b)
			}
		}
	})
}

// FuzzArray: an answer with many elements is read or refused, within the limit.
func FuzzArray(f *testing.F) {
	f.Add("1,2,3", ",")
	f.Add("1 2\t3 ", " ")
	f.Add("1 , 2", " ,")
	f.Add("1", "")
	f.Fuzz(func(t *testing.T, line, separator string) {
		for _, text := range []string{"%f", "%d", "%2d", "%s", "%{A|B}", "%r", "%?d"} {
			compiled := format.MustCompile(text, format.Input)
			array, err := compiled.Array([]byte(separator))
			if err != nil {
				t.Fatal(err)
			}
			s := &scanner{format: compiled, array: array, kind: compiled.Converters()[0].Kind, count: 5}
			v, err := s.scan([]byte(line))
			var wrong *format.ScanError
			switch {
			case err != nil && !errors.As(err, &wrong):
				t.Errorf("%q with %q: %v", line, text, err)
			case err == nil && v.Len() > 5:
				t.Errorf("%q with %q: %d elements", line, text, v.Len())
			}
		}
	})
}

// FuzzBlock: a block is read or refused, within the limit, and what is skipped over is
// never more than there is.
func FuzzBlock(f *testing.F) {
	f.Add([]byte("#14abcd"))
	f.Add([]byte("#9999999999"))
	f.Add([]byte("#0x"))
	f.Add([]byte("#"))
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, k := range []pv.Kind{pv.Int8, pv.Uint16, pv.Int32, pv.Float64} {
			b := &Block{Kind: k}
			v, err := b.scan(line, 3)
			var wrong *format.ScanError
			switch {
			case err != nil && !errors.As(err, &wrong):
				t.Errorf("%q: %v", line, err)
			case err == nil && v.Len() > 3:
				t.Errorf("%q: %d elements", line, v.Len())
			case err == nil && skipBlock(line, "") != len(line):
				t.Errorf("%q is a block that ends at %d", line, skipBlock(line, ""))
			}
		}
		if n := skipBlock(line, "#"); n > len(line) {
			t.Errorf("%q: skipped %d", line, n)
		}
	})
}
