"""EPICS base's C server until standard input ends: over the database file given, judge.db if none
is, with the access rules of a second file if that is given. Prints the port when it serves."""

import ctypes
import os
import pathlib
import signal
import sys

from epicscorelibs import ioc, path

os.environ["EPICS_IOC_IGNORE_SERVERS"] = "qsrv"
ctypes.c_int.in_dll(ioc.dbCore, "dbThreadRealtimeLock").value = 0  # do not lock all memory
ioc.dbLoadDatabase(b"base.dbd", os.path.join(path.base_path, "dbd").encode(), None)
ioc.registerRecordDeviceDriver(ioc.pdbbase)
files = sys.argv[1:] or [str(pathlib.Path(__file__).parent / "judge.db")]
ioc.dbLoadRecords(files[0].encode(), None)
if len(files) > 1:
    ioc.dbCore.asSetFilename(files[1].encode())
if ioc.iocInit() != 0:
    sys.exit("iocInit failed")
print("serving on port", os.environ["EPICS_CA_SERVER_PORT"], flush=True)
signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with its input
sys.stdin.read()
os._exit(0)
