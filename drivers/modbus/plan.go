package modbus

import (
	"cmp"
	"slices"
	"time"
)

// block is what is read by one request.
type block struct {
	table  Table
	first  uint16
	values []uint16 // registers or bits, as they were read last
	of     []*channel
	// fresh tells, for each channel, that values hold what it has not delivered yet.
	fresh []bool
	taken time.Time
}

// shareTime is how long the other channels of a block may take their values from one
// request: long enough for one scan, too short for a value to grow old.
const shareTime = 100 * time.Millisecond

// plan puts channels that are near each other into blocks. gap and most are in registers.
func plan(channels []*channel, gap, most int) {
	sorted := slices.Clone(channels)
	slices.SortStableFunc(sorted, func(a, b *channel) int {
		return cmp.Or(cmp.Compare(a.codec.table, b.codec.table), cmp.Compare(a.address, b.address))
	})
	var last *block
	for _, c := range sorted {
		gap, most := gap, mostAtOnce(c.codec.table, most)
		if c.codec.table.bits() {
			gap *= 16
		}
		first, end := int(c.address), int(c.address)+c.codec.registers
		if last != nil && last.table == c.codec.table {
			start, stop := int(last.first), int(last.first)+len(last.values)
			if first <= stop+gap && max(stop, end)-start <= most {
				last.values = make([]uint16, max(stop, end)-start)
				last.add(c)
				continue
			}
		}
		last = newBlock(c)
	}
}

// mostAtOnce is how many registers, or bits, of a table a request may ask for if that is most
// registers.
func mostAtOnce(t Table, most int) int {
	if t.bits() {
		most *= 16
	}
	return min(most, tables[t].most)
}

func newBlock(c *channel) *block {
	b := &block{table: c.codec.table, first: c.address, values: make([]uint16, c.codec.registers)}
	b.add(c)
	return b
}

func (b *block) add(c *channel) {
	c.block, c.index = b, len(b.of)
	b.of = append(b.of, c)
	b.fresh = append(b.fresh, false)
}

// split gives each channel a block of its own.
func (b *block) split() {
	for _, c := range b.of {
		newBlock(c)
	}
}

// forget makes the next read of each channel ask the slave.
func (b *block) forget() { clear(b.fresh) }

// part is the registers, or bits, of a channel.
func (b *block) part(c *channel) []uint16 {
	at := int(c.address) - int(b.first)
	return b.values[at : at+c.codec.registers]
}
