"""How a judge tells its verdicts: one line a check, PASS or FAIL, and END when it has come to its
end. The Go tests read them."""

import contextlib
import math
import sys
import threading
import traceback

TEXT = "a long string that does not fit into the forty bytes of DBR_STRING"
MODES = ["idle", "ramp", "hold", "fault"]


def equal(got, want):
    if isinstance(want, float):
        return math.isclose(got, want, rel_tol=1e-6, abs_tol=1e-12)
    if isinstance(want, (list, tuple)):
        return len(got) == len(want) and all(equal(g, w) for g, w in zip(got, want))
    return got == want


def check(name, got, want):
    """Passes if got equals want, floats nearly and lists element by element."""
    try:
        ok = equal(got, want)
    except Exception:
        ok = False
    report(name, ok, f"got {short(got)}, want {short(want)}")


def report(name, ok, detail=""):
    print(f"PASS {name}" if ok else f"FAIL {name}: {detail}", flush=True)


def short(x):
    text = repr(x)
    return text if len(text) < 300 else text[:300] + "…"


@contextlib.contextmanager
def section(name):
    """A group of checks; an exception in it fails the group and the next one goes on."""
    try:
        yield
    except Exception as err:
        traceback.print_exc()
        report(name, False, f"{type(err).__name__}: {err}")


def restart():
    """Asks the test to end the server and start it again; returns when it serves."""
    ask("RESTART")


def ask(word):
    """Asks the test to do what the word stands for; returns when it is done."""
    print(word, flush=True)
    if sys.stdin.readline() == "":
        raise EOFError("the test went away")


class Seen:
    """What a monitor has brought, with waiting for it."""

    def __init__(self):
        self.events, self.changed = [], threading.Condition()

    def add(self, event):
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait(self, done, timeout=20):
        """The events, once done(events) is true; what there is after timeout seconds."""
        with self.changed:
            self.changed.wait_for(lambda: done(self.events), timeout)
            return list(self.events)


def end():
    print("END", flush=True)
