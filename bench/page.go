package main

import (
	"fmt"
	"strings"
)

// The plots' files.
const (
	pvsPlot   = "performance-pvs.svg"
	crowdPlot = "performance-subscribers.svg"
)

// page is docs/performance.md. notes say what did not come to its end.
func (b *bench) page(r *results, s *shop, before string, notes []string) string {
	if len(notes) > 0 {
		notes = append([]string{"\n\nWhat did not come to its end (–, or a median of fewer rounds):\n"}, notes...)
	}
	return fmt.Sprintf(`# Performance against other servers

Made by `+"`make bench-peers`"+`, which writes this page anew. The servers run in turn under one load program over the loopback
interface; figures are medians of %d rounds with %v for most measurements. softIoc is EPICS base's C server as a ten-line C program
(`+"`bench/servers/softioc.c`"+`) around its libraries, without memory locking and real-time priorities; its changing PVs are calc
records (VAL+1), ours have a built-in counter behind them, which is less work. caproto's server is given a hundredth of the
changes in the rows with 10,000 PVs (1,000 a second), since it does not serve any client with more; these are not compared. It
takes part in the first %d rounds.

%s
- load average of the last minute before the first round: %s (the load itself raises it after that)%s

%s%s
CPU is the server's own, without the load program's, from the kernel's nanosecond clock of its process; it includes making the
values. A server that falls behind merges events, so read the CPU per event together with the changes that no event told of.

## What was to be reached

%s
## What the system calls cost

A C program that receives as many bytes as these requests have and sends as many as their answers, with one thread that waits in
the kernel, and does nothing else (`+"`bench/servers/floor.c`"+`). No server that answers over TCP costs less: where softIoc is close
to it, no large factor can be had.

%s
Where cores go to sleep between the requests, most of this is for waking them, and in a virtual machine it depends on what else its
host has to do: it can double from one hour to the next, for all servers. A profile of ours on an idle machine, with 100 gets in
flight (`+"`perf record -g`"+`, 2026-11-23, 51 µs for the hundred, one context switch): 78 %% system calls, of which writing is 44 %% (26 %%
waking the client), waiting 25 %% (16 %% going to sleep) and reading 7 %%; 13 %% the requests. If these cost nothing the hundred would
take 44 µs, and 1.5 times as many gets as softIoc's were out of reach all the same: Go's poller is asked between two reads where
softIoc's thread waits in the read itself. Two hours before, with the host in another mood, a get took 0.39 µs, though the requests
took twice as long then, and 24.5 µs from end to end instead of 72 (the page of commit ee97c3f).

## Cost over the number of PVs

The server's CPU for one operation while it has 10 to 100,000 PVs: a search by UDP, %d names in a datagram; a channel's creation;
a get and a put with completion, to all PVs in turn, 100 in flight; the same with a client that monitors all of them.

![CPU per operation over the number of PVs](%s)

%s
## Cost over the number of subscribers

%d PVs are written 1,000 times a second in batches of %d; all subscribers monitor all of them.

![CPU per event over the number of subscribers](%s)

%s
## From an edge to a client

Two simulated pins of rpi-ioc are wired together: a client writes the one and monitors the other. The time is that from the edge's
stamp to the arrival of its event, one edge a millisecond; edges a second are those with %d writes in flight, of which each makes
an edge, and none may be without its event.

%s
%s`, b.rounds, b.window, basicRounds, machine(s.python), before, caution(before), r.comparison(), strings.Join(notes, "\n"),
		r.targets(), r.floorTable(), searchBatch, pvsPlot, r.overPVs().table(), few, crowdBits, crowdPlot, r.overSubscribers().table(),
		edgesAhead, r.edgeTable(), emulated)
}
