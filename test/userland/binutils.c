/* What object files can hold: data of all kinds, weak symbols, thread-local ones, strings, calls of a library. */
#include <stdio.h>
#include <stdlib.h>
int global = 7; static int local_data = 3; int bss_var[100]; static char sbss; const char ro[] = "hello world, this is long"; extern int weak_thing __attribute__((weak));
__thread int tls = 4; 
__attribute__((weak)) int weak_fn(void) { return 1; }
static int helper(int a) { return a + local_data + sbss; }
int common_like;
double d = 2.5;
int foo(int x) { return helper(x) + (&weak_thing ? weak_thing : 0) + tls; }
int main(int c, char **v) { printf("%d %s\n", foo(c), v[0]); puts(ro); return bss_var[3] + global + (int)d; }
