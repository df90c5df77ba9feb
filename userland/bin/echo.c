/*
 * echo: print its operands
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/echo.html
 *
 * Usage: echo [-neE] [WORD]...
 * Prints the words, separated by blanks.
 *   -n  no newline at the end
 *   -e  replace backslash sequences: \\ \a \b \c (end of output) \e \f \n \r \t \v \0NNN \xHH
 *   -E  do not replace them (the default here; the builtin of sh does replace them)
 */
#include "tools.h"

int main(int argc, char **argv)
{
	return echo_command(argc, argv, false);
}
