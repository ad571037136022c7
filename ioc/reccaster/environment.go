package reccaster

// environment are the variables that the C client tells of (recsync: dbcb.c), but for
// those about servers that an IOC has or has not.
var environment = []string{
	"EPICS_BASE", "TOP", "ARCH", "IOC",
	"EPICS_CA_ADDR_LIST", "EPICS_CA_AUTO_ADDR_LIST", "EPICS_CA_MAX_ARRAY_BYTES",
	"PWD", "EPICS_HOST_ARCH", "IOCNAME", "HOSTNAME", "ENGINEER", "LOCATION",
}

// InfosFromEnv are the facts about an IOC that sites know by variables of its
// environment, IOCNAME, ENGINEER and LOCATION among them, as far as those are set.
// lookup is [os.LookupEnv] or the like.
func InfosFromEnv(lookup func(string) (string, bool)) []Info {
	var infos []Info
	for _, key := range environment {
		if value, ok := lookup(key); ok && value != "" {
			infos = append(infos, Info{key, value})
		}
	}
	return infos
}
