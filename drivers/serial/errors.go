package serial

import "fmt"

// ChannelError says what is wrong with the description of a channel.
type ChannelError struct {
	Device, Channel string
	Err             error
}

func (e *ChannelError) Error() string {
	return fmt.Sprintf("device %q: channel %q: %v", e.Device, e.Channel, e.Err)
}

func (e *ChannelError) Unwrap() error { return e.Err }
