package sim_test

import (
	"fmt"
	"testing"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
)

// What a channel costs must not grow with their number.
func BenchmarkNewPeer(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		d := serial.Device{Name: "PS"}
		for i := range n {
			d.Channels = append(d.Channels, serial.Channel{
				Name: fmt.Sprint("CH", i), Write: fmt.Sprintf("CH%d %%f", i), Readback: fmt.Sprintf("CH%d?", i), Reply: "%f",
			})
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := sim.NewPeer(serial.Options{Devices: []serial.Device{d}}, sim.PeerOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/channel")
		})
	}
}
