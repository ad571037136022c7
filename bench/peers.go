package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// counters is the number of PVs that change ten times a second.
const counters = 10000

// bigElements is the length of B:BIG: 1 MiB of doubles.
const bigElements = 1 << 17

// A peer is a server under comparison.
type peer struct {
	name string
	// command serves the counters, or else B:S0 … B:S8 and B:BIG.
	command func(counting bool) *exec.Cmd
	// fewer says that its counters change less often than the others'.
	fewer bool
}

// shop is where the peers' files are made.
type shop struct {
	dir, root, python string
}

// peers writes what the servers need into the shop's folder.
func (s *shop) peers() ([]peer, error) {
	csoft, err := s.buildSoftIoc()
	if err != nil {
		return nil, err
	}
	if err := s.writeDatabases(); err != nil {
		return nil, err
	}
	return []peer{
		{name: "ioclet", command: func(counting bool) *exec.Cmd {
			return exec.Command(filepath.Join(s.root, "bin/rpi-ioc"), "run", "--sim", s.file(counting, ".yaml"))
		}},
		{name: "softIoc", command: func(counting bool) *exec.Cmd {
			// As root it would lock all its memory and take real-time priorities, which
			// nobody's bench does.
			return exec.Command("setpriv", "--bounding-set=-ipc_lock,-sys_nice", "--inh-caps=-ipc_lock,-sys_nice", csoft[0], csoft[1], s.file(counting, ".db"))
		}},
		{name: "caproto", fewer: true, command: func(counting bool) *exec.Cmd {
			args := []string{filepath.Join(s.root, "bench/servers/caproto_ioc.py")}
			if counting {
				args = append(args, strconv.Itoa(counters))
			}
			return exec.Command(s.python, args...)
		}},
	}, nil
}

func (s *shop) file(counting bool, suffix string) string {
	if counting {
		return filepath.Join(s.dir, "counters"+suffix)
	}
	return filepath.Join(s.dir, "still"+suffix)
}

// buildSoftIoc compiles softioc.c and returns the program and the folder of base's .dbd
// files.
func (s *shop) buildSoftIoc() ([2]string, error) {
	out, err := exec.Command(s.python, "-c", "import epicscorelibs; print(list(epicscorelibs.__path__)[0])").Output()
	if err != nil {
		return [2]string{}, fmt.Errorf("epicscorelibs is not there (scripts/venv.sh): %w", err)
	}
	base := strings.TrimSpace(string(out))
	lib, program := filepath.Join(base, "lib"), filepath.Join(s.dir, "softIoc")
	gcc := exec.Command("gcc", "-O2", "-o", program, filepath.Join(s.root, "bench/servers/softioc.c"),
		"-L"+lib, "-Wl,-rpath,"+lib, "-Wl,--no-as-needed", "-ldbRecStd", "-ldbCore", "-lca", "-lCom")
	if out, err := gcc.CombinedOutput(); err != nil {
		return [2]string{}, fmt.Errorf("%v: %w\n%s", gcc, err, out)
	}
	return [2]string{program, filepath.Join(base, "dbd")}, nil
}

// writeDatabases says the same PVs in YAML and as records.
func (s *shop) writeDatabases() error {
	var yaml, db bytes.Buffer
	fmt.Fprintln(&yaml, "ioc: {name: bench, prefix: \"B:\"}\npvs:")
	for i := range counters {
		fmt.Fprintf(&yaml, "  C%d: {signal: counter, scan: 100ms}\n", i)
		fmt.Fprintf(&db, "record(calc, \"B:C%d\") { field(SCAN, \".1 second\") field(CALC, \"VAL+1\") }\n", i)
	}
	err := errors.Join(os.WriteFile(s.file(true, ".yaml"), yaml.Bytes(), 0o644), os.WriteFile(s.file(true, ".db"), db.Bytes(), 0o644))
	yaml.Reset()
	db.Reset()
	fmt.Fprintln(&yaml, "ioc: {name: bench, prefix: \"B:\"}\npvs:")
	for i := range 9 {
		fmt.Fprintf(&yaml, "  S%d: {value: 1.0}\n", i)
		fmt.Fprintf(&db, "record(ao, \"B:S%d\") { field(VAL, \"1\") field(PINI, \"YES\") }\n", i)
	}
	fmt.Fprintf(&yaml, "  BIG: {value: [0.0], record: waveform, count: %d}\n", bigElements)
	fmt.Fprintf(&db, "record(waveform, \"B:BIG\") { field(FTVL, \"DOUBLE\") field(NELM, \"%d\") }\n", bigElements)
	return errors.Join(err, os.WriteFile(s.file(false, ".yaml"), yaml.Bytes(), 0o644), os.WriteFile(s.file(false, ".db"), db.Bytes(), 0o644))
}

// process is a running peer.
type process struct {
	cmd  *exec.Cmd
	addr string
	said bytes.Buffer
}

// start runs a peer on a port of its own.
func (p peer) start(counting bool) (*process, error) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	tcp.Close()
	_, port, _ := net.SplitHostPort(tcp.Addr().String())
	repeater, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	repeater.Close()
	_, repeaterPort, _ := net.SplitHostPort(repeater.LocalAddr().String())
	r := &process{cmd: p.command(counting), addr: tcp.Addr().String()}
	r.cmd.Env = append(os.Environ(),
		"EPICS_CA_SERVER_PORT="+port, "EPICS_CA_REPEATER_PORT="+repeaterPort, "EPICS_CAS_INTF_ADDR_LIST=127.0.0.1",
		"EPICS_CAS_BEACON_ADDR_LIST=127.0.0.1", "EPICS_CAS_AUTO_BEACON_ADDR_LIST=NO",
		"EPICS_CA_ADDR_LIST=127.0.0.1", "EPICS_CA_AUTO_ADDR_LIST=NO")
	r.cmd.Stdout, r.cmd.Stderr = &r.said, &r.said
	return r, r.cmd.Start()
}

func (r *process) stop() {
	r.cmd.Process.Kill()
	r.cmd.Wait()
}

// ticksPerSecond is USER_HZ, 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// cpu is the CPU time in seconds that the process has used so far.
func (r *process) cpu() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The second field, the program's name, may hold anything but ends with the last ')'.
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	user, err1 := strconv.ParseFloat(string(f[11]), 64)
	system, err2 := strconv.ParseFloat(string(f[12]), 64)
	return (user + system) / ticksPerSecond, errors.Join(err1, err2)
}

// rss is the process's resident memory in MB.
func (r *process) rss() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", r.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseFloat(string(bytes.Fields(b)[1]), 64)
	return pages * float64(os.Getpagesize()) / 1e6, err
}
