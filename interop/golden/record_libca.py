"""Records what C libca (the one in pyepics) sends as a client: a proxy stands between it and
softIoc and writes down what passes, one step of the client's script after the other."""

import select
import socket
import struct
import subprocess
import sys
import threading
import time
from importlib.metadata import version

import wire

# The client reports each step on a line of its own and waits for the go-ahead.
CLIENT = r"""
import ctypes, sys, time
from epics import ca, dbr
def step(what):
    print(what, flush=True)
    sys.stdin.readline()
def settle(seconds=0.4):
    ca.poll(evt=seconds / 2, iot=seconds / 2)
NOTHING = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda args: None)
def put_string(chid, text):
    ca.libca.ca_array_put(dbr.STRING, 1, chid, ctypes.create_string_buffer(text, 40))
ca.initialize_libca()
step("circuit and first channel")
ai = ca.create_channel("G:AI", connect=True)
settle()
step("second channel on the same circuit")
ao = ca.create_channel("P:AO", connect=True)
settle()
step("channel that nobody has")
none = ca.create_channel("G:NONE", connect=False)
settle(1.0)
step("clear a channel that never connected")
ca.clear_channel(none)
settle()
step("get DOUBLE, count 1")
ca.get(ai, ftype=dbr.DOUBLE, count=1)
settle()
step("get TIME_DOUBLE, count 0")
ca.get(ai, ftype=dbr.TIME_DOUBLE, count=0)
settle()
step("get CTRL_DOUBLE")
ca.get_ctrlvars(ai)
settle()
step("get of an array")
wf = ca.create_channel("G:WF:LONG", connect=True)
ca.get(wf)
settle()
step("put DOUBLE without completion")
ca.put(ao, 1.5)
settle()
step("put DOUBLE with completion")
ca.put(ao, 2.5, wait=True)
settle()
step("put STRING without completion")
mbbo = ca.create_channel("P:MBBO", connect=True)
put_string(mbbo, b"two")
settle()
step("put ENUM without completion")
ca.put(mbbo, 1)
settle()
step("put of an array with completion")
pwf = ca.create_channel("P:WF", connect=True)
ca.put(pwf, [1, 2, 3], wait=True)
settle()
step("put of text that is no number: an error comes")
put_string(ao, b"none")
settle()
step("monitor TIME_DOUBLE, VALUE and ALARM")
sub = ca.create_subscription(ao, use_time=True, mask=dbr.DBE_VALUE | dbr.DBE_ALARM, callback=lambda **kw: None)
settle()
step("a put that is seen by the monitor")
ca.put(ao, 3.5, wait=True)
settle()
step("cancel the monitor")
ca.clear_subscription(sub[2])
settle()
step("monitor CTRL_DOUBLE, PROPERTY")
sub2 = ca.create_subscription(ao, use_ctrl=True, mask=dbr.DBE_PROPERTY, callback=lambda **kw: None)
settle()
step("clear a channel with a monitor")
ca.clear_channel(ao)
settle()
step("echo after a second of silence (EPICS_CA_CONN_TMO=1)")
settle(1.8)
step("get of a string, of an enum as text, of a long string")
st = ca.create_channel("G:STRINGIN", connect=True)
ca.get(st, ftype=dbr.TIME_STRING, count=1)
ca.get(mbbo, ftype=dbr.STRING, count=1)
lsi = ca.create_channel("G:LSI.VAL$", connect=True)
ca.get(lsi, ftype=dbr.CHAR)
settle()
step("get of CTRL_ENUM")
ca.get_ctrlvars(mbbo)
settle()
step("get of a large array")
big = ca.create_channel("G:WF:BIG", connect=True)
ca.get(big, ftype=dbr.DOUBLE, count=9000)
settle()
step("three gets in one piece")
for chid in (ai, big, wf):
    ca.get(chid, ftype=dbr.DOUBLE, count=1, wait=False)
settle()
step("put with completion of text that is no number")
mon = ca.create_channel("M:AO", connect=True)
ca.libca.ca_array_put_callback(dbr.STRING, 1, mon, ctypes.create_string_buffer(b"none", 40), NOTHING, None)
settle()
step("monitors TIME_DOUBLE and CTRL_DOUBLE of one channel, then both are cancelled")
subs = [ca.create_subscription(mon, mask=dbr.DBE_VALUE | dbr.DBE_ALARM, callback=lambda **kw: None, **form)
        for form in ({"use_time": True}, {"use_ctrl": True})]
settle()
for s in subs:
    ca.clear_subscription(s[2])
settle()
step("monitor, before the circuit is lost")
again = ca.create_subscription(mon, use_time=True, mask=dbr.DBE_VALUE | dbr.DBE_ALARM, callback=lambda **kw: None)
settle()
step("the circuit is lost: search, connect, create, subscribe again")
settle(8.0)
step("get on the new circuit")
ca.get(ai, ftype=dbr.DOUBLE, count=1)
settle()
step("registration with the repeater, ten seconds after the start")
settle(10.0)
step("clear a channel")
ca.clear_channel(ai)
settle()
step("end")
"""


class Proxy(threading.Thread):
    """Passes datagrams and one circuit between a client on port and the server, and tells note()
    of each message; answers to searches are changed to name port."""

    def __init__(self, port, server, note):
        super().__init__(daemon=True)
        self.server, self.note, self.port = server, note, port
        self.tcp = socket.create_server(("127.0.0.1", port))
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", port))
        self.up = socket.socket(type=socket.SOCK_DGRAM)
        self.up.connect(("127.0.0.1", server))
        self.searcher = None
        self.lost = False

    def lose(self):
        """Breaks the circuit, as a network does."""
        self.lost = True

    def datagram_back(self):
        data = bytearray(self.up.recv(65536))
        at = 0
        while at + 16 <= len(data):
            command, size = struct.unpack_from(">HH", data, at)
            if command == wire.SEARCH:
                struct.pack_into(">H", data, at + 4, self.port)
            at += 16 + size
        self.note("udp", "<", bytes(data))
        self.udp.sendto(data, self.searcher)

    def run(self):
        client = server = None
        rest = {}
        while True:
            sockets = [s for s in (self.tcp, self.udp, self.up, client, server) if s]
            ready = select.select(sockets, [], [], 0.05)[0]
            if self.lost and client:
                self.note("tcp", "!", b"")
                client.close()
                server.close()
                client = server = None
                self.lost = False
                continue
            for s in ready:
                if s is self.tcp:
                    client, _ = self.tcp.accept()
                    server = socket.create_connection(("127.0.0.1", self.server))
                    for x in (client, server):
                        x.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    rest = {client: b"", server: b""}
                elif s is self.udp:
                    data, self.searcher = self.udp.recvfrom(65536)
                    self.note("udp", ">", data)
                    self.up.send(data)
                elif s is self.up:
                    self.datagram_back()
                elif s in (client, server):
                    data = s.recv(1 << 20)
                    other = server if s is client else client
                    if not data:
                        client.close()
                        server.close()
                        client = server = None
                        break
                    messages, rest[s] = wire.split(rest[s] + data)
                    for m in messages:
                        self.note("tcp", ">" if s is client else "<", m)
                    other.sendall(data)


def repeater(port, note):
    """Takes part as the repeater, so that libca starts none of its own."""
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", port))

    def serve():
        while True:
            data, peer = sock.recvfrom(65536)
            note("repeater", ">", data)
            # Beacons of the server end here too; who registers has one zero-length or 16-byte message.
            if len(data) == 0 or data[1] == wire.REPEATER_REGISTER:
                answer = wire.message(wire.REPEATER_CONFIRM, p2=0x7F000001)
                note("repeater", "<", answer)
                sock.sendto(answer, peer)
    threading.Thread(target=serve, daemon=True).start()


def main():
    server, port, rep, beacons = (wire.free_port() for _ in range(4))
    text = f"C libca of pyepics {version('pyepics')} against {wire.source()}"
    files = {"tcp": wire.Recording("libca-circuit.txt", text), "udp": wire.Recording("libca-search.txt", text),
             "repeater": wire.Recording("libca-repeater.txt", text)}
    lock = threading.Lock()
    step, begun = None, {}

    def note(where, direction, data):
        with lock:
            if step is None:
                return
            out = files[where]
            if begun.get(where) != step:
                begun[where] = step
                out.case(step)
            {">": out.sent, "<": out.received, "!": lambda _: out.closed()}[direction](data)

    with wire.softioc(server, beacons):
        proxy = Proxy(port, server, note)
        proxy.start()
        repeater(rep, note)
        env = wire.environment(port, rep, EPICS_CA_CONN_TMO=1)
        client = subprocess.Popen([sys.executable, "-c", CLIENT], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for line in client.stdout:
            with lock:
                step = line.strip()
            if step == "end":
                break
            client.stdin.write("\n")
            client.stdin.flush()
            if step.startswith("the circuit is lost"):
                proxy.lose()
        client.kill()
        client.wait()
    time.sleep(0.1)
    if step != "end":
        raise SystemExit(f"the client stopped in step {step!r}")
    with lock:
        step = None
    for out in files.values():
        out.write()


main()
