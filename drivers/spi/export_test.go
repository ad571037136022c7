package spi

// Remedy is remedy, for tests.
var Remedy = remedy
