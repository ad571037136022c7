package initrd

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

// module is the smallest ELF file with a section .modinfo: the header, the contents of
// .modinfo and of the section of names, and the three section headers.
func module(info string) []byte {
	const names = "\x00.modinfo\x00.shstrtab\x00"
	header := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_REL), Machine: uint16(elf.EM_AARCH64), Version: uint32(elf.EV_CURRENT),
		Ehsize: 64, Shentsize: 64, Shnum: 3, Shstrndx: 2,
	}
	header.Shoff = uint64(64 + len(info) + len(names))
	var b bytes.Buffer
	for _, part := range []any{
		header,
		[]byte(info),
		[]byte(names),
		[3]elf.Section64{
			1: {Name: 1, Type: uint32(elf.SHT_PROGBITS), Off: 64, Size: uint64(len(info))},
			2: {Name: 10, Type: uint32(elf.SHT_STRTAB), Off: uint64(64 + len(info)), Size: uint64(len(names))},
		},
	} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func TestModules(t *testing.T) {
	tree := fstest.MapFS{
		"extra/gpio-sim.ko":      {Data: module("depends=configfs\x00license=GPL\x00")},
		"kernel/fs/configfs.ko":  {Data: module("depends=\x00")},
		"kernel/usb/ftdi_sio.ko": {Data: module("softdep=pre: usbcore configfs\x00depends=usb-serial,built_in\x00")},
		"kernel/usb/usb_serial.ko": {
			Data: module("depends=usbcore\x00"),
		},
		"kernel/usb/usbcore.ko": {Data: module("name=usbcore\x00")},
		"modules.dep":           {Data: []byte("not needed")},
	}
	got, err := Modules(tree, "ftdi_sio", "gpio_sim")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range got {
		names = append(names, m.Name)
		if len(m.File) == 0 {
			t.Errorf("%s has no content", m.Name)
		}
	}
	if want := []string{"usbcore", "configfs", "usb_serial", "ftdi_sio", "gpio_sim"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestModulesErrors(t *testing.T) {
	if _, err := Modules(fstest.MapFS{}, "ftdi_sio"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing module: %v", err)
	}
	for name, content := range map[string][]byte{"text": []byte("no ELF file"), "empty": {}} {
		if _, err := Modules(fstest.MapFS{"m.ko": {Data: content}}, "m"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
