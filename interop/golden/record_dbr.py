"""Records softIoc's answers to reads of every DBR type of every kind of record, and what
C libca makes of the same records."""

import json
import os
import subprocess
import sys

import wire
from wire import READ_NOTIFY, READ, message

RECORDS = ["G:AI", "G:AO", "G:UDF", "G:LONGIN", "G:INT64", "G:STRINGIN", "G:BI", "G:MBBI", "G:LSI", "G:LSI.VAL$",
           "G:STRINGIN.VAL$", "G:AI.DESC", "G:AI.EGU", "G:AI.SCAN", "G:AI.PREC", "G:AI.HIHI", "G:AI.RTYP",
           "G:WF:STRING", "G:WF:CHAR", "G:WF:UCHAR", "G:WF:SHORT", "G:WF:USHORT", "G:WF:LONG", "G:WF:ULONG",
           "G:WF:FLOAT", "G:WF:DOUBLE", "G:WF:ENUM", "G:WF:EMPTY"]
FIELDS = {"G:AI.DESC", "G:AI.EGU", "G:AI.SCAN", "G:AI.PREC", "G:AI.HIHI", "G:AI.RTYP"}


def counts(pv, count):
    if pv in FIELDS:
        return [0]
    if count == 1:
        return [0, 1, 3]
    return [0, 1, count + 2] if count < 10 else [0, count]


def gets(port, out):
    circuit = wire.Circuit(port).greet()
    for cid, pv in enumerate(RECORDS):
        sid, native, count = circuit.create(pv, cid)
        for kind, dbr in enumerate(wire.DBR):
            for n in counts(pv, count):
                out.case(f"get {pv} {dbr} {n}", pv=pv, type=kind, count=n, native_type=native, native_count=count)
                circuit.recording = out
                circuit.ask(message(READ_NOTIFY, type=kind, count=n, p1=sid, p2=1000 * cid + kind))
                circuit.recording = None
    circuit.close()


def old_reads(port, out):
    """CA_PROTO_READ (3), superseded by READ_NOTIFY but still answered."""
    circuit = wire.Circuit(port).greet()
    for cid, (pv, kind, n) in enumerate([("G:AI", 6, 1), ("G:AI", 0, 1), ("G:STRINGIN", 0, 1), ("G:WF:LONG", 5, 5),
                                         ("G:MBBI", 3, 1), ("G:AI", 20, 1)]):
        sid, native, count = circuit.create(pv, cid)
        out.case(f"read {pv} {wire.DBR[kind]} {n}", pv=pv, type=kind, count=n, native_type=native, native_count=count)
        circuit.recording = out
        circuit.ask(message(READ, type=kind, count=n, p1=sid, p2=cid))
        circuit.recording = None
    circuit.close()


def large(port, out):
    circuit = wire.Circuit(port).greet()
    for cid, (pv, kind, n) in enumerate([("G:WF:BIG", 6, 9000), ("G:WF:BIG", 6, 0), ("G:WF:BIG", 20, 9000), ("G:WF:BIG", 34, 8000),
                                         ("G:WF:CHARS", 4, 70000), ("G:WF:CHARS", 4, 65528), ("G:WF:CHARS", 4, 65529),
                                         ("G:WF:CHARS", 4, 65536), ("G:WF:LONG", 5, 20000)]):
        sid, native, count = circuit.create(pv, cid)
        out.case(f"get {pv} {wire.DBR[kind]} {n}", pv=pv, type=kind, count=n, native_type=native, native_count=count)
        circuit.recording = out
        circuit.ask(message(READ_NOTIFY, type=kind, count=n, p1=sid, p2=cid))
        circuit.recording = None
    circuit.close()


LIBCA = """
import json, sys
from epics import ca
out = {}
for name in sys.argv[1:]:
    chid = ca.create_channel(name, connect=True)
    native, count = ca.field_type(chid), ca.element_count(chid)
    if not ca.isConnected(chid):
        raise SystemExit(name + ": not connected")
    r = {"native_type": native, "native_count": count}
    data = ca.get_with_metadata(chid, ftype=ca.promote_type(chid, use_time=True), as_string=False)
    value = data["value"]
    r["value"] = value.tolist() if hasattr(value, "tolist") else value
    r["status"], r["severity"] = data["status"], data["severity"]
    r["sec"] = int(data["posixseconds"]) - 631152000
    r["nsec"] = int(data["nanoseconds"])
    ctrl = ca.get_ctrlvars(chid) or {}
    for key, v in ctrl.items():
        if key not in ("status", "severity", "posixseconds", "nanoseconds", "timestamp"):
            r[key] = [s.decode() if isinstance(s, bytes) else s for s in v] if key == "enum_strs" else v
    # JSON has no NaN.
    out[name] = {k: str(v) if v != v else v for k, v in r.items()}
print(json.dumps(out, default=str))
"""


def decoded(port, repeater):
    """The records as C libca (in pyepics) decodes them, times included."""
    env = wire.environment(port, repeater, EPICS_CA_AUTO_ARRAY_BYTES="YES")
    got = subprocess.run([sys.executable, "-c", LIBCA, *RECORDS], env=env, capture_output=True, text=True, timeout=120)
    if got.returncode != 0:
        raise RuntimeError(got.stderr)
    rows = [f"  {json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in json.loads(got.stdout).items()]
    path = wire.TESTDATA / "softioc-records.json"
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n")
    print(f"{path.name}: {len(rows)} records")


def main():
    port, repeater = wire.free_port(), wire.free_port()
    os.environ.pop("DISPLAY", None)
    with wire.softioc(port, repeater):
        out = wire.Recording("softioc-dbr.txt", wire.source())
        gets(port, out)
        old_reads(port, out)
        out.write()
        out = wire.Recording("softioc-large.txt", wire.source())
        large(port, out)
        out.write()
        decoded(port, repeater)


main()
