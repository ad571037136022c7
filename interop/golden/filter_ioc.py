"""EPICS base's C server over filters.db, until standard input ends. It has the state "red", and
takes commands, one a line: "set red", "clear red", "utag RECORD NUMBER"; each is answered by
"done". It prints "running" when it serves."""

import ctypes
import os
import pathlib
import sys

from epicscorelibs import ioc, path

core = ioc.dbCore
core.dbStateCreate.restype = core.dbStateFind.restype = ctypes.c_void_p
core.dbStateSet.argtypes = core.dbStateClear.argtypes = [ctypes.c_void_p]
ctypes.c_int.in_dll(core, "dbThreadRealtimeLock").value = 0  # do not lock all memory


def utag(record, number):
    address = (ctypes.c_void_p * 32)()  # a struct dbAddr, whose second member points to the field
    assert core.dbNameToAddr(f"{record}.UTAG".encode(), address) == 0
    ctypes.c_uint64.from_address(address[1]).value = number


ioc.dbLoadDatabase(b"base.dbd", os.path.join(path.base_path, "dbd").encode(), None)
ioc.registerRecordDeviceDriver(ioc.pdbbase)
ioc.dbLoadRecords(str(pathlib.Path(__file__).parent / "filters.db").encode(), None)
core.dbStateCreate(b"red")
ioc.iocInit()
print("running", flush=True)
for line in sys.stdin:
    match line.split():
        case ["set", state]:
            core.dbStateSet(core.dbStateFind(state.encode()))
        case ["clear", state]:
            core.dbStateClear(core.dbStateFind(state.encode()))
        case ["utag", record, number]:
            utag(record, int(number))
    print("done", flush=True)
os._exit(0)
