package interop_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What TestMain finds and builds.
var (
	python string // with the programs of requirements.txt
	binDir string // of rpi-ioc and ca
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if python, err = filepath.Abs("../.venv/bin/python"); err == nil {
		err = exec.Command(python, "-c", "import epics, caproto, aioca, epicscorelibs").Run()
	}
	if err != nil {
		fmt.Printf("*** SKIPPED: all tests against foreign EPICS programs: %v (scripts/venv.sh makes the environment) ***\n", err)
		if os.Getenv("CI") == "true" {
			return 1
		}
		fmt.Println("testing: warning: no tests to run") // go test shows it behind its ok, and nothing else
		return 0
	}
	if binDir, err = os.MkdirTemp("", "interop"); err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(binDir)
	build := exec.Command("go", "build", "-o", binDir+"/", "../cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Printf("%v: %v\n%s", build, err, out)
		return 1
	}
	// The tests wait for each other's programs, and for what these wait for, far more than
	// they compute.
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Println(err)
		return 1
	}
	return m.Run() // takes the flag as given, if it is
}
