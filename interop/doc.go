// Package interop holds the tests in which foreign EPICS programs are the judge:
//
//	judges/*.py (pyepics, caproto, aioca) ──▶ our rpi-ioc
//	                                      └─▶ softIoc, which judges the judges
//	our ca ──▶ softIoc, caproto's server, our rpi-ioc
//
// All servers have the same PVs: testdata/judge.yaml, servers/judge.db and
// servers/caproto_ioc.py say the same thing three times. A check that softIoc does not
// pass is wrong itself.
//
// The programs come from interop/requirements.txt by scripts/venv.sh. Without them the
// tests are skipped with one loud line ("ok … [no tests to run]" in go test's list);
// with CI=true that is a failure. Every test has ports of its own on 127.0.0.1. The
// cache of go test does not see what rpi-ioc and ca are built from: without the
// Makefile, run them with -count=1.
//
// Package conformance beside this one plays messages by hand, row by row.
// The folder golden has the recorders of protocol/prototest/testdata.
package interop
