"""Asks EPICS base what its CALC makes of expressions.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install epicscorelibs==7.0.10.99.0.2
    /tmp/venv/bin/python golden.py > golden.txt

Each row: expression, a tab, and either E and the error code of postfix() or what
calcPerform() returns in a fresh process for each of the two sets of variables
below, as hexadecimal floating point numbers. Expressions on which base crashes or
calcPerform() fails are left out.
"""
import ctypes, glob, math, os, random
import epicscorelibs

lib = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(epicscorelibs.__file__), "lib", "libCom.so*"))[0])
SETS = [
    [float(i + 1) for i in range(21)],
    [0.0, -1.0, 0.5, -2.5, 1e10, -1e10, 3e9, math.nan, math.inf, -math.inf, 7.0, 255.0, 1e-3, -7.0,
     2147483647.0, -2147483648.0, 4294967295.0, 33.0, -0.0, 1e300, 0.1],
]


def evaluate(expr):
    buf, err = ctypes.create_string_buffer(20000), ctypes.c_short(0)
    if lib.postfix(expr.encode(), buf, ctypes.byref(err)):
        return "E%d" % err.value
    out = []
    for values in SETS:
        read, write = os.pipe()
        if os.fork() == 0:
            args, result = (ctypes.c_double * 21)(*values), ctypes.c_double(5.5)
            if lib.calcPerform(args, ctypes.byref(result), buf) == 0:
                os.write(write, result.value.hex().encode())
            os._exit(0)
        os.close(write)
        text = os.read(read, 100).decode()
        os.close(read)
        os.wait()
        if not text:
            return None
        out.append(text)
    return " ".join(out)


def row(expr):
    read, write = os.pipe()
    if os.fork() == 0:
        text = evaluate(expr)
        if text:
            os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    text = os.read(read, 1000).decode()
    os.close(read)
    os.wait()
    if text:
        print(expr, text, sep="\t")


UNARY = "ABS ACOS ASIN ATAN CEIL COS COSH EXP FLOOR ISINF LN LOG LOGE NINT NOT SIN SINH SQR SQRT TAN TANH ! - ~".split()
BINARY = "+ - * / % ** ^ & && | || AND OR XOR << >> >>> < <= = == > >= # !=".split()
VARIADIC = "MAX MIN ISNAN FINITE".split()
LITERALS = "0 1 2 10 .5 1. 1e3 0x1F 0xFFFFFFFF PI D2R R2D INF NAN VAL".split()
LETTERS = "ABCDEFGHIJKLMNOPQRSTU"

for name in UNARY:
    for v in LETTERS:
        row(f"{name}({v})")
for name in BINARY:
    for pair in ["AB", "GK", "BL", "EF", "NK", "KN", "DL", "OP", "QR", "HA", "IJ", "UC", "PB"]:
        row(f"{pair[0]} {name} {pair[1]}")
for name in VARIADIC:
    for args in ["A", "A,B", "A,H", "H,A", "I,B,C", "S,A", "A,S", "D,E,F,G"]:
        row(f"{name}({args})")
for expr in """
-2**2;2**-1;2**3**2;-A^2;!A=B;~A+1;A-B-C;A/B/C;A%B*C;A+B<<C;A&B==C;A|B&C;A&&B||C;A OR B XOR C;A>B>C
A?B:C;A?B:C?D:E;0?1?2:3:4;(A?B):C;A?(B:C);A?B?C:D:E;A<B?MAX(A,B,C):MIN(A,B);A?1:2+3;(A?1:2)+3
MAX A;MIN(A)+1;ABS -3;SIN 0+1;SQRT 4*4;NOT A;NOT NOT A;--A;!!A;-~A;FMOD(G,K);ATAN2(A,B);ATAN2(B,A)
aandb;A AND B;aORb;a xor b;nint(2.5);NinT(-2.5);sIn(pI/2);val+1;VALVAL;RNDM;RNDM+RNDM;RNDM?RNDM:0
""".replace(";", "\n").split("\n") + """
A:=3;A|B:=A;B|A;B:=2|A:=B:=3;A|A:=1;B:=2|1;2;3|A;;B|;|A;|(A):=3;B|VAL:=1;2|1:=2;3|A+B:=1;2|i:=i+1;a*sin(i*d2r)
A?B:=1:2|U:=T;U+T|A:=A?1:2;A|A:=(B;C)|B; B:=A
""".replace("\n", "|").split("|") + """
0x 0x1FFFFFFFF 0xG 0xor1 0X10 010 1e400 1e-400 1e-310 2.2250738585072014e-308 0e-999 . .e1 1.e1 1e 1e+ 1e5 1E-5 nan(1) infinity Infinityx
1_0 ( ) () (A A) A( ,A A, A,B (A,B) MAX() MAX(,A) MAX(A,) MAX(A,B SIN(A,B) SIN() ATAN2(A) ATAN2(A,B,C) ATAN2A,B
A? A?B A?B: A:B ?: A?:B A?B:C:D A?B?C:D A?B:C?D MAX(A?B:C,D) (A?B:C,D) A?B,C:D +A A+ *A A* A++B A=B A==B A===B A=>B A=<B A<>B A!B A!=B
V VA W XYZ SINE SIN AB A1 1A $ @A A.B A\\B "A" 'A' {A} [A] A~B A!B #A A#B &A A&B A&&&B A|||B A>>>B A>>>>B A<<<B A***B (1,2)+ATAN2(3)
""".split() + ["", " ", "  A  ", "A\tB", "\tA", "A B", "1 2", "A + ", "A ? B : C ", "1" + "+1" * 60, "(" * 60 + "A" + ")" * 60,
               "A+(" * 30 + "B" + ")" * 30, "-" * 70 + "A", "MAX(" + ",".join(LETTERS * 3) + ")", "MAX(" + ",".join(LETTERS * 4) + ")"]:
    row(expr)

rng = random.Random(1)


def expression(depth):
    kind = rng.random()
    if depth == 0 or kind < 0.2:
        return rng.choice(list(LETTERS) + LITERALS)
    if kind < 0.35:
        return rng.choice(UNARY) + " " + expression(depth - 1)
    if kind < 0.45:
        return f"({expression(depth - 1)})"
    if kind < 0.55:
        return f"{expression(depth - 1)} ? {expression(depth - 1)} : {expression(depth - 1)}"
    if kind < 0.62:
        return rng.choice(VARIADIC) + "(" + ",".join(expression(depth - 1) for _ in range(rng.randint(1, 4))) + ")"
    return f"{expression(depth - 1)} {rng.choice(BINARY)} {expression(depth - 1)}"


for i in range(700):
    expr = expression(3)
    if i % 3 == 0:  # break it
        tokens = expr.split()
        where = rng.randrange(len(tokens))
        tokens[where : where + rng.randint(0, 1)] = [rng.choice([")", "(", ",", "?", ":", ";", ":=", "+", "A", "1", "MAX("])]
        expr = " ".join(tokens)
    if len(expr) < 100:
        row(expr)
