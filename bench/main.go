package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 5, "how many times each server is measured; the table shows medians")
	window := flag.Duration("window", 2*time.Second, "how long each measurement lasts")
	patience := flag.Duration("patience", 30*time.Second, "how long a server may take to create 10,000 channels for one client")
	only := flag.String("only", "", "names of the servers to measure, separated by commas (all)")
	output := flag.String("o", "", "file for the report, beside standard output")
	flag.Parse()
	report, err := compare(*rounds, *window, *patience, *only)
	if err == nil && *output != "" && *only == "" {
		err = os.WriteFile(*output, []byte(report), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchpeers:", err)
		os.Exit(1)
	}
	fmt.Print(report)
}

// compare measures all servers and returns the report.
func compare(rounds int, window, patience time.Duration, only string) (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "benchpeers")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	s := &shop{dir: dir, root: root, python: filepath.Join(root, ".venv/bin/python")}
	peers, err := s.peers()
	if err != nil {
		return "", err
	}
	samples, notes := map[string][]sample{}, []string{}
	before := loadAverage()
	for round := range rounds {
		for i := range peers {
			p := peers[(i+round)%len(peers)] // another one begins in each round
			if only != "" && !strings.Contains(","+only+",", ","+p.name+",") {
				continue
			}
			fmt.Fprintf(os.Stderr, "round %d of %d: %s (load average %s)\n", round+1, rounds, p.name, loadAverage())
			x := newSample()
			for _, err := range []error{p.still(x, window), p.counting(x, window, patience)} {
				if err != nil {
					notes = append(notes, fmt.Sprintf("- %s, round %d: %v", p.name, round+1, err))
					fmt.Fprintln(os.Stderr, notes[len(notes)-1])
				}
			}
			samples[p.name] = append(samples[p.name], x)
		}
	}
	if len(notes) > 0 {
		notes = append([]string{"\nWhat did not come to its end (–, or a median of fewer rounds):\n"}, notes...)
	}
	return fmt.Sprintf(`# Performance against other servers

Made by `+"`make bench-peers`"+`, which writes this page anew. The servers run in turn under one load program over the loopback
interface; figures are medians of %d rounds of %v each. softIoc is EPICS base's C server as a ten-line C program
(`+"`bench/servers/softioc.c`"+`) around its libraries, without memory locking and real-time priorities; its changing PVs are calc
records (VAL+1), ours have a built-in counter behind them, which is less work. caproto's server is given a hundredth of the
changes in the rows with 10,000 PVs (1,000 a second), since it does not serve any client with more; these are not compared.

%s
- load average of the last minute before the first round: %s (the load itself raises it after that)%s

%s%s
CPU is the server's own, without the load program's; it includes making the values, and the kernel tells it in steps of 10 ms. A server that
falls behind merges events, so read the CPU per event together with the events delivered.
`, rounds, window, machine(s.python), before, caution(before), table(peers, samples), strings.Join(notes, "\n")), nil
}
