package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers/sysfs"
)

// A fault is of one file, but Unplug of the device; other drivers do not see it.
func TestFaultyFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tree Tree
		place := sysfs.Place{Class: sysfs.Hwmon, Name: "ina219"}
		files, err := tree.AddDevice(sysfs.Options{Place: place, Attributes: []sysfs.Attribute{{Name: "in1_input"}, {Name: "curr1_input"}}}, []string{"elapsed()", ""}, 1)
		if err != nil {
			t.Fatal(err)
		}
		const dir = "/sys/class/hwmon/hwmon0"
		volt, amp := dir+"/in1_input", dir+"/curr1_input"
		read := func(of sysfs.Files, name string) string {
			text, err := of.ReadFile(name)
			return fmt.Sprintf("%s%v", strings.TrimSpace(string(text)), errors.Unwrap(err))
		}
		began := time.Now()
		for _, step := range []struct {
			fault       Fault
			volt, write string
			takes       time.Duration // to read
		}{
			{NoFault, "0<nil>", "<nil>", 0},
			{Drop, syscall.ETIMEDOUT.Error(), syscall.ETIMEDOUT.Error(), stuckTime},
			{NACK, syscall.EIO.Error(), syscall.EIO.Error(), 0},
			{Refuse, "2000<nil>", syscall.EINVAL.Error(), 0}, // two Drops have taken a second each
			{Garbage, "\xb2\xb0\xb0\xb0<nil>", "<nil>", 0},
			{Late, "17000<nil>", "<nil>", lateFile},
			{Stuck, "32000<nil>", "<nil>", 0},
			{Unplug, fs.ErrNotExist.Error(), fs.ErrNotExist.Error(), 0},
			{NoFault, "32000<nil>", "<nil>", 0},
		} {
			files.SetFault(0, step.fault)
			before := time.Now()
			if got := read(files, volt); got != step.volt {
				t.Errorf("%s after %v: %q, want %q", step.fault, time.Since(began), got, step.volt)
			}
			if took := time.Since(before); took != step.takes {
				t.Errorf("%s takes %v, want %v", step.fault, took, step.takes)
			}
			if err := errors.Unwrap(files.WriteFile(volt, []byte("1"))); fmt.Sprint(err) != step.write {
				t.Errorf("%s: write: %v, want %s", step.fault, err, step.write)
			}
			unplugged := step.fault == Unplug
			if _, err := files.ReadFile(amp); errors.Is(err, fs.ErrNotExist) != unplugged || err != nil && !unplugged {
				t.Errorf("%s: the other attribute: %v", step.fault, err)
			}
			if all, err := sysfs.List(files, sysfs.Hwmon); (len(all) == 0) != unplugged || err != nil {
				t.Errorf("%s: list %v %v", step.fault, all, err)
			}
			if _, err := files.ReadDir(dir); (err != nil) != unplugged {
				t.Errorf("%s: directory: %v", step.fault, err)
			}
			if _, err := files.RealPath(volt); (err != nil) != unplugged {
				t.Errorf("%s: path: %v", step.fault, err)
			}
			if got := read(&tree, amp); got != "0<nil>" {
				t.Errorf("%s: for others: %s", step.fault, got)
			}
		}

		files.SetFault(0, Stuck)
		first := read(files, volt)
		<-time.After(time.Second)
		if again := read(files, volt); again != first {
			t.Errorf("stuck at %s, then %s", first, again)
		}

		// One that waits goes on when the fault ends.
		files.SetFault(0, Late)
		late := make(chan string)
		go func() { late <- read(files, volt) }()
		synctest.Wait()
		before := time.Now()
		files.SetFault(0, NoFault)
		if got := <-late; !strings.HasSuffix(got, "<nil>") || time.Since(before) != 0 {
			t.Errorf("after %v: %s", time.Since(before), got)
		}
	})
}

// A chip that comes back knows nothing of its channels.
func TestFaultyPWM(t *testing.T) {
	var tree Tree
	chip := tree.AddPWM(0, "x.pwm", 2)
	files := chip.Channel(1)
	for _, write := range []string{"export=1", "pwm1/period=1000"} {
		name, text, _ := strings.Cut(write, "=")
		if err := files.WriteFile("/sys/class/pwm/pwmchip0/"+name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	period := func(f sysfs.Files) error {
		_, err := f.ReadFile("/sys/class/pwm/pwmchip0/pwm1/period")
		return err
	}
	if err := period(files); err != nil {
		t.Error(err)
	}
	files.SetFault(0, Refuse)
	if err := files.WriteFile("/sys/class/pwm/pwmchip0/pwm1/period", []byte("2000")); !errors.Is(err, syscall.EINVAL) || period(files) != nil {
		t.Errorf("refused: %v, read: %v", err, period(files))
	}
	files.SetFault(0, Unplug)
	if names, err := files.ReadDir("/sys/class/pwm"); len(names) > 0 || err != nil {
		t.Errorf("unplugged: %v %v", names, err)
	}
	if _, err := chip.Channel(0).ReadFile("/sys/class/pwm/pwmchip0/npwm"); err != nil {
		t.Errorf("the other channel's driver: %v", err)
	}
	files.SetFault(0, NoFault)
	if err := period(files); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("back: %v", err)
	}
}
