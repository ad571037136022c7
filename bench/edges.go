package main

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// edges is the database of two pins, B:OUT and B:IN, that are wired together.
const edges = "edges"

const edgesYAML = `ioc: {name: bench, prefix: "B:"}
board: raspberry-pi-4b
sim: {wires: [[GPIO17, GPIO27]]}
pvs:
  OUT: {gpio: GPIO17, direction: output, initial: off}
  IN:  {gpio: GPIO27, direction: input}
`

// emulated is what make hil has shown of the same on the emulated Raspberry Pi.
//
//go:embed edges.md
var emulated string

const (
	edgePause  = time.Millisecond // between two edges whose ways are timed
	edgesAhead = 8                // edges that are asked for together where they are counted; a line keeps 16
)

// edges measures how our server tells of the edges of an input, which writes to an output
// make: the time from an edge's stamp to the arrival of its event, and how many there are
// in a second.
func (b *bench) edges(p peer, s sample) error {
	if p.name != ours {
		return nil
	}
	r, err := p.start(edges)
	if err != nil {
		return err
	}
	defer r.stop()
	l, err := r.connect("B:IN", 20*b.window+time.Minute)
	if err != nil {
		return err
	}
	defer l.close()
	sids, err := l.create([]string{"B:OUT", "B:IN"})
	if err != nil {
		return err
	}
	l.out = protocol.AppendEventAdd(l.out, dbrTimeDouble, 1, sids[1], 0, pv.EventValue)
	if err := l.flush(); err != nil {
		return err
	}
	if err := l.expect(1, protocol.CmdEventAdd, nil); err != nil { // that of the subscription
		return err
	}
	var took []time.Duration
	arrived := func(m message) { took = append(took, time.Since(stampOf(m.payload))) }
	made := 0
	for begin := time.Now(); time.Since(begin) < b.window; time.Sleep(edgePause) {
		made++
		l.out = protocol.AppendWrite(l.out, dbrDouble, 1, sids[0], 0, level(made))
		if err := l.flush(); err != nil {
			return err
		}
		if err := l.expect(1, protocol.CmdEventAdd, arrived); err != nil {
			return fmt.Errorf("edge %d: %w", made, err)
		}
	}
	slices.Sort(took)
	s["edge50"], s["edge99"] = percentile(took, 0.5), percentile(took, 0.99)

	begin, first := time.Now(), made
	cpu, err := r.cost(func() error {
		for time.Since(begin) < b.window {
			for range edgesAhead {
				made++
				l.out = protocol.AppendWriteNotify(l.out, dbrDouble, 1, sids[0], uint32(made), level(made))
			}
			if err := l.flush(); err != nil {
				return err
			}
			if err := l.expect(edgesAhead, protocol.CmdEventAdd, nil); err != nil {
				return err
			}
		}
		return nil
	})
	n := float64(made - first)
	s["edges"], s["edgecpu"] = n/time.Since(begin).Seconds(), cpu/n*1e6
	return err
}

// level is what makes the i-th edge.
func level(i int) []byte {
	return binary.BigEndian.AppendUint64(nil, math.Float64bits(float64(i%2)))
}

// stampOf is the time stamp of a DBR_TIME_DOUBLE.
func stampOf(payload []byte) time.Time {
	return pv.Stamp{Sec: binary.BigEndian.Uint32(payload[4:]), Nsec: binary.BigEndian.Uint32(payload[8:])}.Time()
}

// edgeTable is the Markdown table of what edges has measured.
func (r *results) edgeTable() string {
	p := r.peers[0]
	return fmt.Sprintf("| p50 | p99 | edges a second | CPU for an edge |\n|---:|---:|---:|---:|\n| %s | %s | %s | %s |\n",
		quantity(r.median(p, "edge50"), us), quantity(r.median(p, "edge99"), us), quantity(r.median(p, "edges"), perSecond),
		quantity(r.median(p, "edgecpu"), us))
}

func (s *shop) writeEdges() error {
	return os.WriteFile(s.file(edges+".yaml"), []byte(edgesYAML), 0o644)
}
