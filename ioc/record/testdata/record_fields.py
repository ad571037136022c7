"""Writes what EPICS base's softIoc says of every field of an empty record of each type.

Usage: record_fields.py ../fields.txt > softioc-fields.txt
Needs pyepics (libca) and epicscorelibs (softIoc). A line is
    type field native-type count access value
with access r or rw, and the value as a client gets it that asks for a string.
"""
import os
import subprocess
import sys
import time

PORT = "17868"
os.environ.update(
    EPICS_CA_ADDR_LIST="127.0.0.1", EPICS_CA_AUTO_ADDR_LIST="NO", EPICS_CA_SERVER_PORT=PORT,
    EPICS_CAS_INTF_ADDR_LIST="127.0.0.1", EPICS_CAS_AUTO_BEACON_ADDR_LIST="NO", EPICS_CAS_BEACON_ADDR_LIST="127.0.0.1",
)

common, types = [], {}
names = None
for line in open(sys.argv[1]):
    if line.startswith(("#", "menu ")) or not line.strip():
        continue
    if not line.startswith(" "):
        t = line.strip()
        names = common if t == "common" else types.setdefault(t, [])
    else:
        names.append(line.split()[0])

with open("/tmp/record_fields.db", "w") as f:
    for t in types:
        f.write('record(%s,"T:%s"){}\n' % (t, t))
ioc = subprocess.Popen(
    [sys.executable, "-m", "epicscorelibs.ioc", "-d", "/tmp/record_fields.db"],
    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    import epics
    from epics import ca
    print("# Of EPICS base's softIoc (epicscorelibs), by record_fields.py: type field native-type count access value")
    time.sleep(2)
    for t, own in types.items():
        chans = [(n, ca.create_channel("T:%s.%s" % (t, n), connect=False)) for n in ["RTYP"] + common + own]
        for n, c in chans:
            if not ca.connect_channel(c, timeout=2):
                print(t, n, "NONE")
                continue
            kind = ("STRING", "SHORT", "FLOAT", "ENUM", "CHAR", "LONG", "DOUBLE")[ca.field_type(c)]
            access = "rw" if ca.write_access(c) else "r"
            value = ca.get(c, ftype=0, count=1 if ca.element_count(c) == 1 else 0)
            print(t, n, kind, ca.element_count(c), access, str(value).strip() if value is not None else "")
finally:
    ioc.terminate()
