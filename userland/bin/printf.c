/*
 * printf: print formatted output
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/printf.html
 *
 * Usage: printf FORMAT [OPERAND]...
 * Prints the operands as FORMAT says, again and again until none is left.
 * Conversions: %d %i %o %u %x %X %f %e %g %a %c %s %%, %b (%s with backslash sequences), %q (%s quoted for the shell).
 */
#include "tools.h"

int main(int argc, char **argv)
{
	argv[0] = (char *)program_name();
	return printf_command(argc, argv);
}
