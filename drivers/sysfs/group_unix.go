//go:build unix

package sysfs

import (
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"
)

// groupOf is the group that a file belongs to, if its members may do more with it than
// others, "" if that helps nobody: the group of root. mine reports whether this process
// is in it.
func groupOf(name string) (group string, mine bool) {
	info, err := os.Stat(name)
	if err != nil {
		return "", false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	mode := info.Mode().Perm()
	if !ok || stat.Gid == 0 || mode>>3&7 == mode&7 {
		return "", false
	}
	groups, _ := os.Getgroups() // none: not a member
	mine = os.Getegid() == int(stat.Gid) || slices.Contains(groups, int(stat.Gid))
	id := strconv.Itoa(int(stat.Gid))
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name, mine
	}
	return id, mine
}
