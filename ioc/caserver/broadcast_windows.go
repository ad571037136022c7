package caserver

// separateBroadcast: a socket bound to an interface's address hears its broadcasts.
const separateBroadcast = false
