"""Records cvtfast.txt and parse.txt from EPICS base's libCom, beside this file.

    pip install epicscorelibs==7.0.10.99.0.2
    python record.py

cut.txt is what cut.c prints, built with gcc -O2 on x86-64.
"""
import ctypes, glob, json, math, os, random, struct
import epicscorelibs
here=os.path.dirname(os.path.abspath(__file__))
lib=ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(epicscorelibs.__file__),'lib','libCom.so*'))[0])
lib.cvtDoubleToString.argtypes=[ctypes.c_double,ctypes.c_char_p,ctypes.c_ushort]
lib.cvtFloatToString.argtypes=[ctypes.c_float,ctypes.c_char_p,ctypes.c_ushort]
random.seed(4)
xs=[0.0,-0.0,1.0,-1.0,0.5,0.05,0.005,0.0005,1.005,2.5,0.999,0.9995,0.99999999,9.9999,-0.001,-0.0004,123.456,1e7,1.00000001e7,-1e7,9999999.999,1e8,99999999.0,-1e8,1e16,1.0000000000000002e16,-1e17,1e100,1e-5,1e-100,3.14159265358979,math.inf,-math.inf,math.nan,42.125,1/3,2/3,1e15,123456789.123,5e-324,1.7976931348623157e308]
xs+=[random.uniform(-1,1) for _ in range(10)]+[random.uniform(-1e7,1e7) for _ in range(10)]+[math.ldexp(random.uniform(-1,1),random.randint(-60,80)) for _ in range(10)]
precs=[0,1,2,3,5,6,8,9,12,15,17,18,-1]
out=["# What cvtDoubleToString (d) and cvtFloatToString (f) of EPICS base's libCom write:","# function, bits of the float64, precision, text between bars. Recorded from epicscorelibs 7.0.10.99.0.2."]
buf=ctypes.create_string_buffer(400)
for x in xs:
    for p in precs:
        lib.cvtDoubleToString(x,buf,p&0xffff)
        b=struct.unpack('>Q',struct.pack('>d',x))[0]
        out.append(f"d {b:016x} {p} |{buf.value.decode()}|")
        try: f=struct.unpack('f',struct.pack('f',x))[0]
        except OverflowError: continue
        lib.cvtFloatToString(f,buf,p&0xffff)
        b=struct.unpack('>Q',struct.pack('>d',f))[0]
        out.append(f"f {b:016x} {p} |{buf.value.decode()}|")
open(os.path.join(here,'cvtfast.txt'),'w').write('\n'.join(out)+'\n')
# parse
S=["0","1","-1","+5"," 7"," \t\n12 ","12 mA","12mA","1.5","1.5e3","1e3","-1.5","","abc"," ","-","+",".",".5","5.","-.5e-2","1e","1e+","1e5x","0x10","0X1f","-0x10","0x","010","inf","-inf","INF","Infinity","-INFINITY","nan","NaN","-nan","infx","127","128","-128","-129","255","256","-255","-256","32767","32768","-32768","-32769","65535","65536","-65535","-65536","2147483647","2147483648","-2147483648","-2147483649","4294967295","4294967296","-4294967295","-4294967296","9223372036854775807","9223372036854775808","-9223372036854775808","-9223372036854775809","18446744073709551615","18446744073709551616","1e308","1e309","-1e309","1e-320","1e-400","3.4e38","3.5e38","1e-38","1e-39","-1e-39","1 2","1,2","٣","99999999999999999999x","1.7976931348623157e308","0x1.8p3","0x.8","1_000","0b1","1e400 V","0e400"]
kinds=[("int8",ctypes.c_int8,"epicsParseInt8"),("uint8",ctypes.c_uint8,"epicsParseUInt8"),("int16",ctypes.c_int16,"epicsParseInt16"),("uint16",ctypes.c_uint16,"epicsParseUInt16"),("int32",ctypes.c_int32,"epicsParseInt32"),("int64",ctypes.c_int64,"epicsParseInt64"),("float32",ctypes.c_float,"epicsParseFloat"),("float64",ctypes.c_double,"epicsParseDouble")]
out=["# How dbPut reads text into each kind (dbConvert.c: epicsParse… with a units pointer, base 10):","# kind, text quoted, then = value (the bits of a float64 for the float kinds) or ! refused.","# Recorded from libCom of epicscorelibs 7.0.10.99.0.2."]
for name,ct,fn in kinds:
    f=getattr(lib,fn)
    for s in S:
        v=ct(0); end=ctypes.c_char_p()
        if 'Float' in fn or 'Double' in fn: st=f(s.encode(),ctypes.byref(v),ctypes.byref(end))
        else: st=f(s.encode(),ctypes.byref(v),10,ctypes.byref(end))
        if st: r="!"
        elif 'float' in name: r="= %016x"%struct.unpack('>Q',struct.pack('>d',v.value))[0]
        else: r="= %d"%v.value
        out.append(f"{name} {json.dumps(s,ensure_ascii=False)} {r}")
open(os.path.join(here,'parse.txt'),'w').write('\n'.join(out)+'\n')
