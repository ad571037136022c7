package initrd_test

import (
	"bytes"
	"fmt"

	"github.com/ioclet/ioclet/hil/initrd"
)

func Example() {
	var b bytes.Buffer
	a := initrd.Archive{Writer: &b}
	a.Dir("dev")
	a.Device("dev/console", 5, 1)
	a.File("init", 0o755, []byte("#!/bin/sh\n"))
	fmt.Println(a.Close(), b.Len())
	// Output: <nil> 492
}
