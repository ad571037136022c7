//go:build hil

package hil_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ioclet/ioclet/hil/initrd"
)

// modules are what the board needs beyond what the kernel has built in: the simulated
// lines, I2C, SPI, USB with its network and serial adapters, and what switches it off.
var modules = []string{
	"gpio-sim", "i2c-dev", "i2c-bcm2835", "spi-bcm2835", "dwc2", "phy-generic", "cdc_ether", "ftdi_sio", "bcm2835_wdt",
}

// image is what QEMU boots, as paths.
type image struct{ kernel, initrd, tree string }

// newImage makes an image of this source and of the cache's kernel.
func newImage(t *testing.T) image {
	t.Helper()
	cache := filepath.Join(os.Getenv("HIL_CACHE"), "kernel")
	dir := t.TempDir()
	img := image{kernel: only(t, cache+"/boot/vmlinuz-*"), initrd: filepath.Join(dir, "initrd"), tree: filepath.Join(dir, "board.dtb")}

	overlay := filepath.Join(dir, "board.dtbo")
	run(t, "dtc", "-@", "-q", "-I", "dts", "-O", "dtb", "-o", overlay, "board.dts")
	run(t, "fdtoverlay", "-i", only(t, cache+"/usr/lib/linux-image-*/broadcom/bcm2837-rpi-3-b.dtb"), "-o", img.tree, overlay)

	var b bytes.Buffer
	a := initrd.Archive{Writer: &b}
	for _, name := range []string{"bin", "dev", "modules", "proc", "sys"} {
		a.Dir(name)
	}
	a.Device("dev/console", 5, 1)
	a.File("init", 0o755, build(t, dir, "./guest"))
	a.File("bin/rpi-ioc", 0o755, build(t, dir, "../cmd/rpi-ioc"))
	a.File("bench.yaml", 0o644, content(t, "bench.yaml"))
	ordered, err := initrd.Modules(os.DirFS(cache), modules...)
	if err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	for _, m := range ordered {
		a.File("modules/"+m.Name, 0o644, m.File)
		list.WriteString(m.Name + "\n")
	}
	a.File("modules/list", 0o644, list.Bytes())
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(img.initrd, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return img
}

// build compiles a program for the board.
func build(t *testing.T, dir, pkg string) []byte {
	t.Helper()
	out := filepath.Join(dir, filepath.Base(pkg))
	run(t, "env", "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64", "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, pkg)
	return content(t, out)
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func only(t *testing.T, pattern string) string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s: %d files (%v): make hil gets them", pattern, len(paths), err)
	}
	return paths[0]
}
