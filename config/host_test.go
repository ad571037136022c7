package config

import "github.com/ioclet/ioclet/drivers/host"

// hostWords are the words of host:.
func hostWords() []string {
	words := []string{"clients", "channels"}
	for _, q := range host.Quantities() {
		words = append(words, q.Name)
	}
	return words
}
