// Package access says what the clients of an IOC may do: access security as EPICS
// base has it, and a log of what they have written.
//
//	site.acf ──Load──▶ Rules ──Control.Use──┐
//	PVs named by INPx ──────────────────────┼─▶ Control ──changed──▶ client looks again
//	ASG of a record is written ─────────────┘      ▲
//	client ──Control.Open──▶ Session.Rights(field)─┘
//	writes ──PutLog.Add──▶ JSON lines
//
// A file defines groups of users (UAG), of hosts (HAG) and of records (ASG):
//
//	UAG(operators) { ann, bob }
//	HAG(control-room) { desk1, desk2 }
//	ASG(DEFAULT) { RULE(1, READ) }
//	ASG(MAGNET) {
//	    INPA("BEAM:ON")
//	    RULE(1, READ)
//	    RULE(0, WRITE, TRAPWRITE) { UAG(operators) HAG(control-room) CALC("A=0") }
//	}
//
// A record is of the group that its field ASG names, or of DEFAULT. Somebody has the
// highest right of the group's rules that match: whose level is at least that of the
// field (VAL is of level 0, nearly all others of level 1), one of whose UAGs has the
// user, one of whose HAGs has the host and whose CALC is 1, as far as they are given.
//
// User and host are what the client says; the host may be the address that it calls
// from instead, which is harder to make up ([Control].ByAddress). Channel Access has no
// passwords: access security keeps people from mistakes, not from evil.
//
// Deliberately different from base: an input that is a PV of another IOC is not
// connected, so that rules which use it do not match; macros are not replaced in
// comments, and are everywhere else, also if none are given.
package access
