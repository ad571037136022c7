"""Prints what this machine's C library prints: python3 printf.py > printf.txt

Columns, separated by tabs: format, value, text in quotes. %x with a width below
16 is left out, since there StreamDevice differs from printf.
"""
import ctypes, itertools

libc = ctypes.CDLL(None)


def c(fmt, value):
    buf = ctypes.create_string_buffer(2000)
    if isinstance(value, float):
        libc.snprintf(buf, 2000, fmt.encode(), ctypes.c_double(value))
    else:
        libc.snprintf(buf, 2000, (fmt[:-1] + "l" + fmt[-1]).encode(), ctypes.c_long(value))
    return buf.value.decode()


flags = ["", "-", "+", " ", "0", "#", "+0", "-+", " 0", "#0", "-0", "#+"]
for conv in "diuoxX":
    for f, w, p in itertools.product(flags, ["", "7", "20"], ["", ".0", ".10"]):
        if conv in "xX" and w == "7":
            continue
        if conv in "iX" and p:
            continue
        for v in [0, 42, -123456, -(2**63)]:
            fmt = f"%{f}{w}{p}{conv}"
            print(fmt, v, '"' + c(fmt, v) + '"', sep="\t")
for conv in "feEgG":
    for f, w, p in itertools.product(flags, ["", "14"], ["", ".0", ".4"]):
        for v in [-0.0, -1.5, 0.05, 123456.789, 2.5, 99999.5, 1e15, float("inf"), float("nan")]:
            fmt = f"%{f}{w}{p}{conv}"
            print(fmt, v, '"' + c(fmt, v) + '"', sep="\t")
