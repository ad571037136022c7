#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
int main(void){ volatile double xs[]={0,-0.0,0.9,-0.9,1.5,-1.5,127.9,128,-128,-129,255,256,300,-300,32767,32768,-32769,65535,65536,70000.7,2147483647.5,2147483648.0,-2147483648.0,-2147483648.9,-2147483649.0,4294967295.0,4294967296.5,5e9,-5e9,9.2e18,9223372036854775808.0,-9223372036854775808.0,-9.3e18,1.2e19,18446744073709551615.0,1e20,-1e20,1e300,-1e300,NAN,INFINITY,-INFINITY};
 puts("# C's conversion of a double to integers on x86-64, gcc -O2.");
 puts("# bits of the float64, int8 uint8 int16 uint16 int32 uint32 int64 uint64");
 for(unsigned i=0;i<sizeof xs/sizeof *xs;i++){ double x=xs[i]; uint64_t b; memcpy(&b,&x,8);
  printf("%016lx %d %u %d %u %d %u %ld %lu\n",b,(int8_t)x,(uint8_t)x,(int16_t)x,(uint16_t)x,(int32_t)x,(uint32_t)x,(int64_t)x,(uint64_t)x);} }
