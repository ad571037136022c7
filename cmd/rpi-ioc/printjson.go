package main

import (
	"encoding/json"
	"io"
)

// printJSON prints v for scripts.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
