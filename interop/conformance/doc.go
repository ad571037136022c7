// Package conformance judges Channel Access servers.
package conformance
