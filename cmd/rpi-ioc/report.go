package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/ioclet/ioclet/ioc/caserver"
)

// report prints what the server does and who its clients are: text for people, or JSON
// in one line. server is nil while it does not serve yet.
func report(ctx context.Context, w io.Writer, server *caserver.Server, asJSON bool) {
	if server == nil {
		fmt.Fprintln(w, "Channel Access server: not serving yet")
		return
	}
	r := server.Report(ctx, caserver.ReportChannels)
	if asJSON {
		_ = json.NewEncoder(w).Encode(r) // nobody is there to be told that standard error is closed
		return
	}
	_ = r.WriteText(w)
}
