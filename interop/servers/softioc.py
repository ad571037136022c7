"""EPICS base's C server over judge.db until standard input ends. Prints the port when it serves."""

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
ioc.dbLoadRecords(str(pathlib.Path(__file__).parent / "judge.db").encode(), None)
if ioc.iocInit() != 0:
    sys.exit("iocInit failed")
print("serving on port", os.environ["EPICS_CA_SERVER_PORT"], flush=True)
signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with its input
sys.stdin.read()
os._exit(0)
