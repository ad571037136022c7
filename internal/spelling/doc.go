// Package spelling finds, for a name that is not known, the known names that were
// probably meant: "did you mean …?".
package spelling
