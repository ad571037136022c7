// Package initrd makes the first file system of the emulated Raspberry Pi: a cpio
// archive, and the kernel modules that go into it, in the order in which they must be
// loaded.
package initrd
