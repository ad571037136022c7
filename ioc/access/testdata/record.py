"""Asks EPICS base's access security library what it makes of many small files, and writes its
verdicts to softioc.jsonl: one JSON object a line with acf, macros, ok, and for groups that were
asked about access (0 none, 1 read, 2 write) and trap.

    .venv/bin/python ioc/access/testdata/record.py
"""

import ctypes
import json
import os
import pathlib
import re
import tempfile

import epicscorelibs

HERE = pathlib.Path(__file__).resolve().parent
LIB = ctypes.CDLL(str(pathlib.Path(epicscorelibs.__file__).parent / "lib" / "libCom.so"))
LIB.asInitFile.restype = ctypes.c_long

USERS = 'UAG(u){ann,bob} UAG(v){eve} UAG(nobody) HAG(h){Lab,10.0.0.1} HAG(i){other} '

GRAMMAR = r'''
ASG(A) {RULE(1,WRITE)}
ASG(A) {}
ASG(A)
ASG(A){INPA("x") INPL(y) INPM(z) INPU(q) RULE(1,READ) RULE(0,WRITE,TRAPWRITE){CALC("A=1")}}
ASG(A){INPV(q)}
UAG(u){a,b,"c d"} HAG(h){Host,127.0.0.1,"[::1]"} ASG(A){RULE(1,WRITE,NOTRAPWRITE){UAG(u) HAG(h) CALC("1")}}
UAG(u){}
UAG(u)
HAG(h){}
HAG(h)
UAG(u){a,a}
HAG(h){a,A}
UAG(u){a b}
UAG(u){a,}
UAG(u){,a}
UAG(u){a} UAG(u){b}
HAG(u){a} HAG(u){b}
UAG(u){a} HAG(u){b}
ASG(u) ASG(u)
ASG(DEFAULT) ASG(DEFAULT)
ASG(DEFAULT){RULE(1,READ)} ASG(DEFAULT){RULE(1,WRITE)}
ASG(DEFAULT) ASG(DEFAULT){RULE(1,WRITE)}
ASG(DEFAULT){RULE(1,WRITE)} ASG(DEFAULT)
ASG(DEFAULT){INPA(x)} ASG(DEFAULT)
ASG(A){RULE(1,WRITE){UAG(none)}}
ASG(A){RULE(1,WRITE){HAG(none)}}
ASG(A){RULE(1,READ){UAG(u)}} UAG(u){a}
UAG(u){a} UAG(v){b} ASG(A){RULE(1,WRITE){UAG(u,v) UAG(v)}}
ASG(A){RULE(2,READ)}
ASG(A){RULE(-1,READ)}
ASG(A){RULE(+1,READ)}
ASG(A){RULE(1.5,READ)}
ASG(A){RULE(0x1,READ)}
ASG(A){RULE("1",READ)}
ASG(A){RULE(99999999999999999999,READ)}
ASG(A){RULE(x,READ)}
ASG(A){RULE(1,FOO)}
ASG(A){RULE(1,read)}
ASG(A){RULE(1,"READ")}
ASG(A){RULE(1,RPC)}
ASG(A){RULE(1,READ,FOO)}
ASG(A){RULE(1,READ,trapwrite)}
ASG(A){RULE(1,NONE,TRAPWRITE)}
ASG(A){RULE(1,READ,TRAPWRITE,x)}
ASG(A){RULE(1,FOO,TRAPWRITE)}
ASG(A){RULE(1,FOO,BAR)}
ASG(A){RULE(1)}
ASG(A){RULE()}
ASG(A){RULE}
ASG(A){RULE(1,READ){}}
ASG(A){RULE(1,READ){CALC("A+")}}
ASG(A){RULE(1,READ){CALC("A:=1;B")}}
ASG(A){RULE(1,READ){CALC(A)}}
ASG(A){RULE(1,READ){CALC(1)}}
ASG(A){RULE(1,READ){CALC("1","2")}}
ASG(A){RULE(1,READ){CALC("")}}
ASG(A){RULE(1,READ){CALC("V")}}
ASG(A){RULE(1,READ){CALC("L+U+VAL")}}
ASG(A){RULE(1,READ){CALC("RNDM")}}
ASG(A){RULE(1,READ){CALC("A") CALC("B")}}
ASG(A){RULE(1,READ){UAG()}}
ASG(A){RULE(1,READ){FOO(x)}}
ASG(A){RULE(1,READ){FOO(x) UAG(none)}}
ASG(A){RULE(1,READ){METHOD("ca") AUTHORITY("x")}} ASG(B){RULE(1,READ)}
ASG(A){RULE(1,READ){FOO("x"){y(z)}}}
ASG(A){RULE(1,READ,TRAPWRITE){FOO()}}
ASG(A){RULE(1,READ){FOO}}
ASG(A){RULE(1,READ){FOO(a,b,c)}}
ASG(A){RULE(1,READ){FOO(1,2.5,"x",UAG)}}
ASG(A){RULE(1,READ){FOO(a){b}}}
ASG(A){RULE(1,READ){FOO(a b)}}
ASG(A){RULE(1,READ){FOO(bar(x))}}
ASG(A){RULE(1,READ){FOO(bar{x})}}
ASG(A){RULE(1,READ){RULE(1,READ)}}
ASG(A){RULE(1,READ){ASG(x)}}
ASG(A){RULE(1,READ){INPA(x)}}
ASG(A){FOO(1)}
ASG(A){FOO(1){x}}
ASG(A){RULE(1,READ) FOO(x)}
ASG(A){RULE(1,READ) UAG(x)}
ASG(A){RULE(1,READ) INPA(x)}
ASG(A){INPA(x) INPA(y)}
ASG(A){INPA(x,y)}
ASG(A){INPA()}
ASG(A){INPA(x){y}}
ASG(A){INPA(1)}
ASG(A){INPa(x)}
ASG(A){RULE(1,WRITE),}
ASG(A) ;
ASG(A) x
ASG()
ASG(a,b)
ASG(a b)
ASG("a b")
ASG("")
ASG("a\"b")
ASG("a
ASG('a')
ASG(1)
ASG(1.5)
ASG(UAG)
ASG(A-b+c:d.e[f]g<h>i;j)
ASG(a/b)
ASG(a$b)
ASG(a@b)
ASG(é)
UAG(READ){WRITE,NONE,TRAPWRITE,NOTRAPWRITE,DEFAULT}
UAG(u){CALC}
UAG(u){RULE}
UAG(u){INPA}
UAG(u){INPV}
UAG(u){UAG}
UAG(u){12}
UAG(u){12a}
UAG(u){1e5}
UAG(u){1.5}
UAG(u){1.5e3}
UAG(u){.5}
UAG(u){5.}
UAG(u){-1}
UAG(u){-}
UAG(u){1.2.3.4}
UAG(u){""}
UAG("UAG"){"UAG"}
UAG(a,b){c}
UAG(){c}
FOO(1){x} ASG(A)
FOO(1) ASG(A)
FOO ASG(A)
FOO(a,b){ x(y) } ASG(A)
FOO {a b} ASG(A)
{a} ASG(B)
FOO()
FOO(){}
FOO(a){}
FOO(a){b(c){d(e)}}
FOO(a){b c}
FOO(a){b,c}
FOO(a){1,2}
FOO(a){UAG(x){y}}
FOO(a){b(c) d(e){f}}
FOO(a){b(c){d}}
FOO(a){b(c){d(e){f(g)}}}
FOO(UAG)
FOO(1.5,"x")
"FOO"(a)
RULE(a)
CALC(a)
INPA(a)
READ(a){b}
FOO(a b)
FOO(a(b))
FOO(a){(b)}
FOO(a){b{c}}
1(a)
# only a comment
'''

MACROS = [
    ("ASG($(X))", "X=abc"), ("ASG(${X})", "X=abc"), ("ASG($(X))", "A=b"), ("ASG($(X=def))", "A=b"), ("UAG(u){$(X),$(Y)}", 'X="a,b",Y=c'),
    ('UAG(u){"$(X)"}', "X=a b"), ("ASG($(X)", "X=a)"), ("UAG(u){$(X)}", "X=$(Y),Y=z"), ("UAG(u){$($(Z))}", "Z=Y,Y=z"),
    ('UAG(u){"$(X=d$(Y=e)f)"}', "A=b"), ('UAG(u){"$$(X)$"}', "X=b"), ('UAG(u){"a\\$(X)"}', "X=b"), ("UAG(u){$(X)}", "X=$(X)"),
    ("ASG($(X", "X=a"),
]

EVALUATION = [
    ("ASG(DEFAULT){RULE(1,READ)} ASG(A)", [("", 0, "x", "y"), ("NOPE", 1, "x", "y"), ("A", 0, "x", "y")]),
    ("ASG(A){RULE(1,READ)}", [("", 0, "x", "y"), ("A", 1, "x", "y")]),
    ("ASG(A){RULE(0,READ) RULE(1,WRITE,TRAPWRITE){UAG(u) UAG(v) HAG(h)}}",
     [("A", a, u, h) for a in (0, 1) for u in ("ann", "Ann", "eve", "zed", "") for h in ("lab", "LAB", "10.0.0.1", "other", "")]),
    ("ASG(A){RULE(1,READ){UAG(nobody)}}", [("A", 0, "ann", "lab"), ("A", 0, "", "lab")]),
    ("ASG(A){RULE(1,READ){UAG(u,v)} RULE(1,WRITE){HAG(h,i)}}", [("A", 1, "eve", "x"), ("A", 1, "zed", "other"), ("A", 1, "zed", "x")]),
    ("ASG(A){RULE(0,READ) RULE(0,NONE,TRAPWRITE)}", [("A", 0, "x", "y"), ("A", 1, "x", "y")]),
    ("ASG(A){RULE(1,WRITE)RULE(1,WRITE,TRAPWRITE)}", [("A", 0, "x", "y")]),
    ("ASG(A){RULE(1,READ,TRAPWRITE)RULE(1,WRITE)}", [("A", 0, "x", "y")]),
    ("ASG(A){RULE(1,WRITE,TRAPWRITE)RULE(1,READ)}", [("A", 0, "x", "y")]),
    ("ASG(A){RULE(0,READ,TRAPWRITE) RULE(1,READ)}", [("A", 0, "x", "y"), ("A", 1, "x", "y")]),
    ("ASG(A){RULE(2,WRITE)}", [("A", 0, "x", "y"), ("A", 1, "x", "y")]),
    ("ASG(A){RULE(1,FOO) RULE(1,READ)}", [("A", 0, "x", "y")]),
    ("ASG(A){RULE(1,WRITE){FOO(x)} RULE(1,READ)}", [("A", 0, "x", "y")]),
    ('ASG(A){RULE(1,WRITE){CALC("1")}}', [("A", 0, "x", "y")]),
    ('ASG(A){INPA(x) RULE(1,WRITE){CALC("A=0")}}', [("A", 0, "x", "y")]),
]


def ask(acf, macros, evaluations):
    """What base makes of acf, in a process of its own: the library keeps state."""
    read, write = os.pipe()
    if os.fork() == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        with tempfile.NamedTemporaryFile() as f:
            f.write(acf.encode())
            f.flush()
            ok = LIB.asInitFile(f.name.encode(), macros and macros.encode()) == 0
        answers = []
        for group, level, user, host in evaluations if ok else []:
            member, client = ctypes.c_void_p(), ctypes.c_void_p()
            texts = [ctypes.create_string_buffer(t.encode()) for t in (group, user, host)]
            LIB.asAddMember(ctypes.byref(member), texts[0])
            LIB.asAddClient(ctypes.byref(client), member, level, texts[1], texts[2])
            # asLib.h: the ints level, access and trapMask of ASGCLIENT behind seven pointers
            _, access, trap = (ctypes.c_int * 3).from_address(client.value + 56)
            answers.append({"group": group, "level": level, "user": user, "host": host, "access": access, "trap": bool(trap)})
        os.write(write, json.dumps({"ok": ok, "rights": answers}).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as f:
        answer = json.loads(f.read())
    os.wait()
    return answer


def main():
    version = (pathlib.Path(epicscorelibs.__file__).parent / "include" / "epicsVersion.h").read_text()
    version = re.search(r'EPICS_VERSION_FULL\s+"([^"]+)"', version)[1]
    lines = [{"source": f"asLib of EPICS {version}"}]
    for acf, macros, evaluations in (
            [(line, None, []) for line in GRAMMAR.strip().split("\n")] + [("", None, [])]
            + [("ASG(X)\r\n{\r\nRULE(1,READ)\r\n}\r\n", None, []), ("ASG(X)\t\f{RULE(1,READ)}", None, []), ("# c\nASG(A) # d\n{RULE(1,READ)}", None, [])]
            + [(acf, macros, []) for acf, macros in MACROS] + [(USERS + acf, None, e) for acf, e in EVALUATION]):
        case = {"acf": acf} | ({"macros": macros} if macros else {})
        lines.append(case | {k: v for k, v in ask(acf, macros, evaluations).items() if v != []})
    (HERE / "softioc.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    print(len(lines), "lines")


main()
