/*
 * test: evaluate a condition
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/test.html
 *
 * Aliases: [
 *
 * Usage: test EXPRESSION
 *   or:  [ EXPRESSION ]
 * Exits 0 if the expression is true, 1 if it is false, 2 if it cannot be read.
 *   -n S, -z S, S = S, S != S, S < S, S > S          strings
 *   N -eq N, -ne, -lt, -le, -gt, -ge                 integers
 *   -e -f -d -b -c -p -S -h -L -s -r -w -x -u -g -k -O -G FILE, FILE -nt FILE, -ot, -ef
 *   -t FD                                            FD is a terminal
 *   ! E, E -a E, E -o E, ( E )
 */
#include "tools.h"

int main(int argc, char **argv)
{
	argv[0] = (char *)program_name();
	return test_command(argc, argv);
}
