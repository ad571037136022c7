package boards

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestDetect(t *testing.T) {
	const model, code, cpuinfo = "proc/device-tree/model", "proc/device-tree/system/linux,revision", "proc/cpuinfo"
	for _, test := range []struct {
		files     map[string]string
		want, say string
	}{
		{map[string]string{model: "Raspberry Pi 4 Model B Rev 1.4\x00", code: "\x00\xc0\x31\x14"}, "raspberry-pi-4b", "Raspberry Pi 4 Model B Rev 1.4"},
		{map[string]string{model: "Raspberry Pi 4 Model B Rev 1.4\x00"}, "raspberry-pi-4b", "Raspberry Pi 4 Model B Rev 1.4"},
		{map[string]string{model: "Raspberry Pi 3 Model B\x00"}, "raspberry-pi-3b", "Raspberry Pi 3 Model B"},
		{map[string]string{model: "Raspberry Pi 3 Model B Plus Rev 1.3\x00"}, "raspberry-pi-3b-plus", "Raspberry Pi 3 Model B Plus Rev 1.3"},
		{map[string]string{model: "Raspberry Pi Model B Rev 1\x00"}, "raspberry-pi-1b-rev1", "Raspberry Pi Model B Rev 1"},
		{map[string]string{model: "Raspberry Pi Model B Rev 2\x00"}, "raspberry-pi-1b", "Raspberry Pi Model B Rev 2"},
		{map[string]string{model: "Raspberry Pi Model B Plus Rev 1.2\x00"}, "raspberry-pi-1b-plus", "Raspberry Pi Model B Plus Rev 1.2"},
		{map[string]string{model: "Raspberry Pi Zero 2 W Rev 1.0\x00"}, "raspberry-pi-zero-2-w", "Raspberry Pi Zero 2 W Rev 1.0"},
		{map[string]string{model: "Raspberry Pi 5 Model B Rev 1.0\x00", code: "\x00\xc0\x41\x70"}, "raspberry-pi-5", "Raspberry Pi 5 Model B Rev 1.0"},
		{map[string]string{model: "Raspberry Pi 500 Rev 1.0\x00"}, "raspberry-pi-500", "Raspberry Pi 500 Rev 1.0"},
		{map[string]string{model: "Raspberry Pi Compute Module 5 Lite Rev 1.0\x00"}, "raspberry-pi-cm5-lite", "Raspberry Pi Compute Module 5 Lite Rev 1.0"},
		{map[string]string{code: "\x00\xa0\x20\x82"}, "raspberry-pi-3b", "Raspberry Pi 3 Model B"},
		{map[string]string{code: "\x00\x00\x00\x02"}, "raspberry-pi-1b-rev1", "Raspberry Pi Model B Rev 1"},
		{map[string]string{code: "\x01\x00\x00\x0f"}, "raspberry-pi-1b", "Raspberry Pi Model B"}, // overvolted
		{map[string]string{cpuinfo: "Hardware\t: BCM2835\nRevision\t: 900092\n"}, "raspberry-pi-zero", "Raspberry Pi Zero"},
		{map[string]string{cpuinfo: "Revision\t: 9000c1\nModel\t\t: Raspberry Pi Zero W Rev 1.1\n"}, "raspberry-pi-zero-w", "Raspberry Pi Zero W"},
		{map[string]string{cpuinfo: "Hardware\t: BCM2835\nRevision\t: zero\n"}, "generic", ""},
		{map[string]string{cpuinfo: "Hardware\t: Freescale i.MX6\nRevision\t: 0002\n"}, "generic", ""},
		{map[string]string{model: "TI AM335x BeagleBone Black\x00"}, "beaglebone-black", "TI AM335x BeagleBone Black"},
		{map[string]string{model: "TI AM335x BeagleBone Green\x00"}, "beaglebone-green", "TI AM335x BeagleBone Green"},
		{map[string]string{model: "TI AM335x PocketBeagle\x00"}, "pocketbeagle", "TI AM335x PocketBeagle"},
		{map[string]string{model: "Xunlong Orange Pi Zero\x00"}, "orange-pi-zero", "Xunlong Orange Pi Zero"},
		{map[string]string{model: "Xunlong Orange Pi Zero Plus\x00"}, "generic", "Xunlong Orange Pi Zero Plus"},
		{map[string]string{model: "Pine64+\x00"}, "pine-a64-plus", "Pine64+"},
		{map[string]string{model: "Hardkernel ODROID-C1\x00"}, "odroid-c1", "Hardkernel ODROID-C1"},
		{map[string]string{model: "NextThing C.H.I.P.\x00"}, "chip", "NextThing C.H.I.P."},
		{map[string]string{model: "Raspberry Pi Compute Module Rev 1.0\x00"}, "raspberry-pi-cm1", "Raspberry Pi Compute Module Rev 1.0"},
		{map[string]string{code: "\x00\xb0\x31\x50"}, "raspberry-pi-cm4s", "Raspberry Pi Compute Module 4S"},
		{map[string]string{model: "Raspberry Pi Zero 3 Rev 1.0\x00"}, "generic", "Raspberry Pi Zero 3 Rev 1.0"},
		{map[string]string{model: "Acme Phone\x00"}, "generic", "Acme Phone"},
		{nil, "generic", ""},
	} {
		fsys := fstest.MapFS{}
		for name, text := range test.files {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		b, err := Detect(fsys)
		if err != nil {
			t.Errorf("%q: %v", test.files, err)
		} else if b.Name != test.want || b.Model != test.say {
			t.Errorf("%q: %s, %q; want %s, %q", test.files, b.Name, b.Model, test.want, test.say)
		}
	}
	if b := Generic(); b.Model != "" {
		t.Errorf("Detect changed the shared board: model %q", b.Model)
	}
}

// Models that periph takes for none it knows: by their revision codes alone, and the pins
// are where they are on the models that they are made like.
func TestModelsThatPeriphDoesNotKnow(t *testing.T) {
	for code, want := range map[string]string{
		"\x00\xa0\x31\x50": "raspberry-pi-cm4s: GPIO17 (SODIMM pin 59) pinctrl-bcm2711",
		"\x00\xb0\x41\x80": "raspberry-pi-cm5: GPIO17 (J8 pin 11) pinctrl-rp1",
		"\x00\xb0\x41\xa0": "raspberry-pi-cm5-lite: GPIO17 (J8 pin 11) pinctrl-rp1",
		"\x00\xd0\x41\x90": "raspberry-pi-500: GPIO17 (J8 pin 11) pinctrl-rp1",
	} {
		b, err := Detect(fstest.MapFS{"proc/device-tree/system/linux,revision": {Data: []byte(code)}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := b.Resolve("GPIO17")
		if got := fmt.Sprintf("%s: %v %s", b.Name, p, p.Chip); err != nil || got != want {
			t.Errorf("%x: %s, %v; want %s", code, got, err, want)
		}
	}
}

type unreadable struct{}

func (unreadable) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestDetectUnreadable(t *testing.T) {
	if b, err := Detect(unreadable{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Detect = %v, %v", b, err)
	}
}
