package serial

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestList(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	link := func(name, target string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(target, path)); err != nil {
			t.Fatal(err)
		}
	}
	const usb = "sys/devices/usb1/1-1/"
	put(usb+"idVendor", "0403\n")
	put(usb+"idProduct", "6001\n")
	put(usb+"serial", "A50285BI\n")
	put(usb+"manufacturer", "FTDI\n")
	put(usb+"product", "FT232R USB UART\n")
	put(usb+"1-1:1.0/ttyUSB0/port_number", "0\n")
	link(usb+"1-1:1.0/ttyUSB0/driver", filepath.Join(root, "sys/bus/usb-serial/drivers/ftdi_sio"))
	put("sys/bus/usb-serial/drivers/ftdi_sio/bind", "")
	link("sys/class/tty/ttyUSB0/device", filepath.Join(root, usb, "1-1:1.0/ttyUSB0"))
	put("dev/ttyUSB0", "")
	link("dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0", "../../ttyUSB0")

	for _, name := range []string{"ttyAMA0", "ttyS0", "ttyS1"} {
		put("sys/devices/platform/"+name+"/uevent", "")
		link("sys/class/tty/"+name+"/device", filepath.Join(root, "sys/devices/platform", name))
	}
	put("sys/class/tty/ttyS0/type", "0\n") // a port that is not there
	put("sys/class/tty/ttyS1/type", "4\n")
	put("sys/class/tty/tty0/active", "") // a console
	put("dev/ttyS0", "")
	put("dev/ttyS1", "")
	link("dev/serial0", "ttyAMA0")

	ports, err := List(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(ports) != 3 || ports[0].Err == nil || !errors.Is(ports[0].Err, fs.ErrNotExist) && !strings.Contains(ports[0].Err.Error(), "no such port") {
		t.Fatalf("%d ports, the first without a device file: %v", len(ports), ports[0].Err)
	}
	ports[0].Err = nil
	if d := cmp.Diff([]PortInfo{
		{Path: "/dev/ttyAMA0", Links: []string{"/dev/serial0"}},
		{Path: "/dev/ttyS1"},
		{
			Path: "/dev/ttyUSB0", Links: []string{"/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0"},
			USB: &USB{0x0403, 0x6001, "A50285BI"}, Product: "FTDI FT232R USB UART", Driver: "ftdi_sio",
		},
	}, ports); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
