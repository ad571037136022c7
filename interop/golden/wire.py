"""What the recorders share: Channel Access messages as bytes, sockets of their own, the C
server in a process of its own, and the text format of the recordings (its description is
protocol/prototest/testdata/README.md)."""

import collections
import contextlib
import itertools
import json
import os
import pathlib
import re
import select
import socket
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTDATA = HERE.parent.parent / "protocol" / "prototest" / "testdata"

VERSION, EVENT_ADD, EVENT_CANCEL, READ, WRITE, SEARCH = 0, 1, 2, 3, 4, 6
EVENTS_OFF, EVENTS_ON, READ_SYNC, ERROR, CLEAR_CHANNEL = 8, 9, 10, 11, 12
BEACON, NOT_FOUND, READ_NOTIFY, REPEATER_CONFIRM, CREATE_CHAN = 13, 14, 15, 17, 18
WRITE_NOTIFY, CLIENT_NAME, HOST_NAME, ACCESS_RIGHTS, ECHO = 19, 20, 21, 22, 23
REPEATER_REGISTER, CREATE_CH_FAIL = 24, 26

NATIVE = ["STRING", "SHORT", "FLOAT", "ENUM", "CHAR", "LONG", "DOUBLE"]
DBR = [p + n for p in ("", "STS_", "TIME_", "GR_", "CTRL_") for n in NATIVE] + [
    "PUT_ACKT", "PUT_ACKS", "STSACK_STRING", "CLASS_NAME"]


def message(command, payload=b"", type=0, count=0, p1=0, p2=0, pad=True, extended=False):
    """One message. With pad the payload is filled with NUL to a multiple of 8."""
    if pad:
        payload += b"\0" * (-len(payload) % 8)
    if extended or len(payload) > 0xFFFE or count > 0xFFFF:
        head = struct.pack(">HHHHIIII", command, 0xFFFF, type, 0, p1, p2, len(payload), count)
    else:
        head = struct.pack(">HHHHII", command, len(payload), type, count, p1, p2)
    return head + payload


def name(text):
    return text.encode() + b"\0"


def split(stream):
    """The complete messages at the front of stream, and the rest."""
    out = []
    while len(stream) >= 16:
        size, count = struct.unpack(">H2xH", stream[2:8])
        head = 16
        if size == 0xFFFF and count == 0:
            if len(stream) < 24:
                break
            (size,) = struct.unpack(">I", stream[16:20])
            head = 24
        if len(stream) < head + size:
            break
        out.append(bytes(stream[:head + size]))
        stream = stream[head + size:]
    return out, stream


def hexed(data):
    """data as hex, runs of 16 or more equal bytes as hh*N."""
    out, plain = [], b""
    for byte, run in itertools.groupby(data):
        n = len(list(run))
        if n < 16:
            plain += bytes([byte]) * n
            continue
        if plain:
            out.append(plain.hex())
            plain = b""
        out.append(f"{byte:02x}*{n}")
    if plain:
        out.append(plain.hex())
    return " ".join(out)


class Recording:
    """Collects cases and writes them to one file."""

    def __init__(self, file, source):
        self.path = TESTDATA / file
        self.labels = collections.Counter()
        script = pathlib.Path(sys.argv[0]).name
        self.lines = ["# Golden bytes; the format is described in README.md.", f"# source: {source}",
                      f"# recorded by interop/golden/{script}"]

    def case(self, what, **attributes):
        label = re.sub("[:,]? ", "-", what)
        self.labels[label] += 1
        if self.labels[label] > 1:
            label += f"-#{self.labels[label]}"
        words = [f"{k}={json.dumps(v)}" for k, v in attributes.items()]
        self.lines += ["", " ".join(["case", label, *words])]

    def note(self, text):
        self.lines.append(f"# {text}")

    def sent(self, data):
        self.lines.append(f"> {hexed(data)}")

    def received(self, data):
        self.lines.append(f"< {hexed(data)}")

    def elsewhere(self, pv, value):
        """Another client puts value to pv."""
        self.lines.append(f"^ {pv} {value}".rstrip())

    def closed(self):
        self.lines.append("! closed")

    def write(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("\n".join(self.lines) + "\n")
        cases = sum(line.startswith("case ") for line in self.lines)
        print(f"{self.path.name}: {cases} cases, {self.path.stat().st_size} bytes")


class Circuit:
    """A TCP connection to a server that writes down what passes, message by message."""

    def __init__(self, port, recording=None):
        self.sock = socket.create_connection(("127.0.0.1", port), 5)
        self.rest = b""
        self.recording = recording
        self.open = True

    def send(self, data):
        if self.recording:
            self.recording.sent(data)
        self.sock.sendall(data)

    def receive(self, n=1, timeout=5.0):
        """The next n messages; fewer if the server closed or said nothing for that long."""
        got, ends = [], time.monotonic() + timeout
        while True:
            ready, self.rest = split(self.rest)
            keep = ready[n - len(got):]
            self.rest = b"".join(keep) + self.rest
            for m in ready[:n - len(got)]:
                got.append(m)
                if self.recording:
                    self.recording.received(m)
            left = ends - time.monotonic()
            if len(got) >= n or not self.open or left <= 0:
                return got
            if not select.select([self.sock], [], [], left)[0]:
                return got
            try:
                data = self.sock.recv(1 << 20)
            except ConnectionResetError:
                data = b""
            if not data:
                self.open = False
                if self.recording:
                    self.recording.closed()
            self.rest += data

    def ask(self, data, n=1):
        self.send(data)
        return self.receive(n)

    def greet(self, user="user"):
        """Speaks as libca does at the beginning; returns when the server has seen it."""
        quiet, self.recording = self.recording, None
        self.send(message(VERSION, count=13) + message(HOST_NAME, name("host")) + message(CLIENT_NAME, name(user)))
        self.receive(1)
        self.recording = quiet
        return self

    def create(self, pv, cid=1):
        """Creates a channel without writing it down; returns (sid, type, count)."""
        quiet, self.recording = self.recording, None
        self.send(message(CREATE_CHAN, name(pv), p1=cid, p2=13))
        got = self.receive(2)
        self.recording = quiet
        if len(got) < 2:
            raise RuntimeError(f"{pv}: not created: {got}")
        _, _, kind, count, _, sid = struct.unpack(">HHHHII", got[1][:16])
        if len(got[1]) == 24:
            (count,) = struct.unpack(">I", got[1][20:24])
        return sid, kind, count

    def close(self):
        self.sock.close()


def free_port():
    """A port that is free for both TCP and UDP on 127.0.0.1."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port


def environment(port, repeater, **more):
    """An environment in which programs speak Channel Access only with port on 127.0.0.1."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("EPICS_")}
    env |= {
        "EPICS_CA_SERVER_PORT": str(port), "EPICS_CA_REPEATER_PORT": str(repeater),
        "EPICS_CA_ADDR_LIST": "127.0.0.1", "EPICS_CA_AUTO_ADDR_LIST": "NO",
        "EPICS_CAS_INTF_ADDR_LIST": "127.0.0.1", "EPICS_CAS_BEACON_ADDR_LIST": "127.0.0.1",
        "EPICS_CAS_AUTO_BEACON_ADDR_LIST": "NO", "EPICS_PVA_AUTO_ADDR_LIST": "NO",
        "EPICS_PVAS_INTF_ADDR_LIST": "127.0.0.1", "EPICS_IOC_IGNORE_SERVERS": "qsrv",
    }
    return env | {k: str(v) for k, v in more.items()}


SOFTIOC = """
import sys, threading
from epicscorelibs import ioc
for line in sys.argv[1:]:
    ioc.ioc(line)
from epicscorelibs import path
import os, ctypes
ioc.dbLoadDatabase(b"base.dbd", os.path.join(path.base_path, "dbd").encode(), None)
ioc.registerRecordDeviceDriver(ioc.pdbbase)
if "GOLDEN_ACF" in os.environ:
    ioc.dbCore.asSetFilename(os.environ["GOLDEN_ACF"].encode())
ioc.dbLoadRecords(os.environ["GOLDEN_DB"].encode(), None)
ioc.iocInit()
print("running", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def softioc(port, beacons, db="records.db", **more):
    """Base's C server over db, until the block ends; yields its process. more goes into its
    environment; with GOLDEN_ACF it has access security."""
    env = environment(port, beacons, GOLDEN_DB=HERE / db, **more)
    process = subprocess.Popen([sys.executable, "-c", SOFTIOC], env=env, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if line.strip() == "running":
                break
        else:
            raise RuntimeError("softIoc did not start: " + process.stderr.read())
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def source():
    """The C server's name and version, for the head of a recording."""
    import epicscorelibs.version
    from importlib.metadata import version
    text = (pathlib.Path(epicscorelibs.__file__).parent / "include" / "epicsVersion.h").read_text()
    m = re.search(r'EPICS_VERSION_FULL\s+"([^"]+)"', text)
    return f"softIoc of EPICS {m[1] if m else '7.0'} (PyPI epicscorelibs {version('epicscorelibs')})"
