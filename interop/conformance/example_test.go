package conformance_test

import (
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/interop/conformance"
)

// What the C server does with requests for a channel that there is not.
func ExampleRows() {
	for _, r := range conformance.Rows() {
		if strings.HasSuffix(r.Name, "of an unknown sid") {
			fmt.Printf("%s: %s\n", r.Name, r.Fact)
		}
	}
	// Output:
	// errors/READ_NOTIFY of an unknown sid: ERROR ECA_INTERNAL with cid 0xffffffff, closes
	// errors/READ of an unknown sid: ERROR ECA_INTERNAL with cid 0xffffffff, closes
	// errors/WRITE of an unknown sid: ERROR ECA_INTERNAL with cid 0xffffffff, closes
	// errors/WRITE_NOTIFY of an unknown sid: ERROR ECA_INTERNAL with cid 0xffffffff, closes
	// errors/EVENT_ADD of an unknown sid: ERROR ECA_INTERNAL with cid 0xffffffff, closes
	// errors/EVENT_CANCEL of an unknown sid: ERROR ECA_INTERNAL with cid 0xffffffff, closes
	// errors/CLEAR_CHANNEL of an unknown sid: ERROR ECA_INTERNAL with cid 0xffffffff, closes
}
