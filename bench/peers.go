package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// ours is the name of our server.
const ours = "ioclet"

// A peer is a server under comparison.
type peer struct {
	name string
	// command serves one of the databases.
	command func(database string) *exec.Cmd
	// basic says that it is given less to do: its counters change less often than the
	// others', and only what the first table shows is measured.
	basic bool
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
		{name: ours, command: func(database string) *exec.Cmd {
			return exec.Command(filepath.Join(s.root, "bin/rpi-ioc"), "run", "--sim", s.file(database+".yaml"))
		}},
		{name: "softIoc", command: func(database string) *exec.Cmd {
			// As root it would lock all its memory and take real-time priorities, which
			// nobody's bench does.
			return exec.Command("setpriv", "--bounding-set=-ipc_lock,-sys_nice", "--inh-caps=-ipc_lock,-sys_nice", csoft[0], csoft[1], s.file(database+".db"))
		}},
		{name: "caproto", basic: true, command: func(database string) *exec.Cmd {
			args := []string{filepath.Join(s.root, "bench/servers/caproto_ioc.py")}
			if database == counting {
				args = append(args, strconv.Itoa(counters))
			}
			return exec.Command(s.python, args...)
		}},
	}, nil
}

func (s *shop) file(name string) string { return filepath.Join(s.dir, name) }

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
