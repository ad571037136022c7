package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	b := &bench{}
	flag.IntVar(&b.rounds, "rounds", 5, "how many times each server is measured; the tables show medians")
	flag.DurationVar(&b.window, "window", time.Second, "how long a measurement lasts; some last a quarter or twice of it")
	flag.DurationVar(&b.patience, "patience", 30*time.Second, "how long a server may take to create 10,000 channels for one client")
	only := flag.String("only", "", "names of the servers to measure, separated by commas (all)")
	parts := flag.String("parts", "still,counting,sized,floor,edges", "what to measure")
	output := flag.String("o", "", "file for the report, beside standard output; its plots go beside it")
	flag.Parse()
	report, plots, err := b.compare(*only, strings.Split(*parts, ","))
	if err == nil && *output != "" && *only == "" {
		err = os.WriteFile(*output, []byte(report), 0o644)
		for name, svg := range plots {
			err = errors.Join(err, os.WriteFile(filepath.Join(filepath.Dir(*output), name), []byte(svg), 0o644))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchpeers:", err)
		os.Exit(1)
	}
	fmt.Print(report)
}

// bench is how to measure.
type bench struct {
	rounds           int
	window, patience time.Duration
	floor            string // program that makes the system calls only
}

// basicRounds is how often basic peers are measured at most: it takes them long.
const basicRounds = 3

// part is a group of measurements with a server process of its own.
type part struct {
	name    string // several may have the same
	basic   bool   // for basic peers, too
	measure func(peer, sample) error
}

func (b *bench) parts() []part {
	all := []part{{"still", true, b.still}, {"counting", true, b.counting}}
	for _, n := range sizes {
		all = append(all, part{"sized", false, func(p peer, s sample) error { return b.sized(p, s, n) }})
	}
	return append(all, part{"floor", false, b.floors}, part{"edges", false, b.edges})
}

// compare measures the servers and returns the report and the plots by their files'
// names.
func (b *bench) compare(only string, chosen []string) (report string, plots map[string]string, err error) {
	root, err := os.Getwd()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "benchpeers")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(dir)
	s := &shop{dir: dir, root: root, python: filepath.Join(root, ".venv/bin/python")}
	peers, err := s.peers()
	if err != nil {
		return "", nil, err
	}
	if b.floor, err = s.buildFloor(); err != nil {
		return "", nil, err
	}
	r := &results{peers: peers, samples: map[string][]sample{}}
	notes := []string{}
	before, begin := loadAverage(), time.Now()
	for round := range b.rounds {
		for i := range peers {
			p := peers[(i+round)%len(peers)] // another one begins in each round
			if only != "" && !slices.Contains(strings.Split(only, ","), p.name) || p.basic && round >= basicRounds {
				continue
			}
			fmt.Fprintf(os.Stderr, "%5.0f s: round %d of %d, %s (load average %s)\n",
				time.Since(begin).Seconds(), round+1, b.rounds, p.name, loadAverage())
			x := sample{}
			for _, part := range b.parts() {
				if p.basic && !part.basic || !slices.Contains(chosen, part.name) {
					continue
				}
				if err := part.measure(p, x); err != nil {
					notes = append(notes, fmt.Sprintf("- %s, round %d: %v", p.name, round+1, err))
					fmt.Fprintln(os.Stderr, notes[len(notes)-1])
				}
			}
			r.samples[p.name] = append(r.samples[p.name], x)
		}
	}
	fmt.Fprintf(os.Stderr, "%5.0f s: done\n", time.Since(begin).Seconds())
	plots = map[string]string{pvsPlot: r.overPVs().svg(), crowdPlot: r.overSubscribers().svg()}
	return b.page(r, s, before, notes), plots, nil
}
