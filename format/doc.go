// Package format is the text language spoken with instruments: StreamDevice's
// format converters, compiled once and used in both directions.
//
//	"VOLT %.3f"  ──Compile(…, Output)──▶  Format  ──Append(12)──▶  "VOLT 12.000"
//	                                              ◀──Scan────────
//
// A [Format] is literal bytes and converters. It has a [Direction], since
// StreamDevice reads the same width differently in the two: in an Output format,
// as in printf, width is a minimum; in an Input format, as in scanf, a maximum.
// Whatever its direction a Format can both print and scan, and the two are
// inverse to each other:
//
//	            IOC          simulated instrument
//	Output    Append  ──▶    Scan
//	Input     Scan    ◀──    Append
//
// so that an instrument simulated from the lines of a configuration prints what
// the IOC scans, and scans what the IOC prints, from the same text. This holds as
// far as the text itself tells its fields apart: "%d%d" runs digits together, and
// in Input "%s;" reads the semicolon as part of the text ("%[^;];" does not). Append
// refuses a single value that would not be scanned as a whole, such as white space
// for %s in Input; what else a format loses shows when it scans what it printed.
//
// # Syntax
//
// A converter is % (NAME) flags width .precision conversion: the redirection
// (NAME), the flags out of "*# +0-?=!", width and precision may be left out.
//
//	f e E g G   Double   a number
//	d i u o x X Long     an integer; %x and %X print at most width digits
//	s c         String   text; %c prints one character given as a Long
//	[set]       String   characters of the set, ranges and leading ^ as in scanf
//	{a|b|c}     Enum     one of the choices; # allows a=5 and, in Output, a=? last
//	b B01       Long     bit string; B names the characters for zero and one
//	r R         Long and Double: raw bytes, big endian (# little)
//	D           Long     packed binary coded decimal
//	m           Double   mantissa and exponent: +123-4
//	/regex/     String   what a regular expression (RE2 syntax) matches
//	<name>      nothing  a checksum of the bytes before it
//
// Flags: * scans and drops (Input), ? makes a failing converter yield zero or ""
// (Input), ! wants exactly width bytes (Input), = compares with the current value
// (Input), the others as in printf or as the converter defines them. A precision
// on a floating point converter of an Input format does not change how it scans;
// it sets the digits that Append prints.
//
// Escapes: \a \b \t \n \r \e, \xHH, \0ooo, \ddd (decimal), \? any byte,
// \_ any white space, and a backslash before any other byte means that byte;
// %% is a percent sign.
//
// StreamDevice's %T (time stamps) and %#/regex/subst/ are not part of this
// package.
package format
