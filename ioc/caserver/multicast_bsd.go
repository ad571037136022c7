//go:build unix && !linux

package caserver

// ownGroupsOnly: a socket hears only what it has joined itself.
func ownGroupsOnly(int) error { return nil }
