package conformance

var clients = []Row{}
