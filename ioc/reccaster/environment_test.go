package reccaster

import (
	"slices"
	"testing"
)

func TestInfosFromEnv(t *testing.T) {
	env := map[string]string{"LOCATION": "hall 3", "ENGINEER": "", "IOCNAME": "bench", "HOME": "/root", "PVAS_SERVER_PORT": "5075"}
	got := InfosFromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if want := []Info{{"IOCNAME", "bench"}, {"LOCATION", "hall 3"}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
