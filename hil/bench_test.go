package hil_test

import (
	"testing"

	"github.com/ioclet/ioclet/config"
)

func TestBench(t *testing.T) {
	m, err := config.Load("bench.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.PVs) != 16 || len(m.Warnings) != 0 {
		t.Errorf("%d PVs, warnings %v; want 16 and none", len(m.PVs), m.Warnings)
	}
}
