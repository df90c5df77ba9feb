/*
 * clear: clear the terminal
 * https://man7.org/linux/man-pages/man1/clear.1.html
 *
 * Usage: clear [-x]
 *   -x   keep what has scrolled away
 */
#include <getopt.h>
#include <stdio.h>

#include "tools.h"

int main(int argc, char **argv)
{
	bool keep = false;
	while (next_option(argc, argv, "x") != -1)
		keep = true;
	fputs(keep ? "\033[H\033[2J" : "\033[H\033[2J\033[3J", stdout);
	return 0;
}
