/*
 * reset: bring the terminal back to order
 * https://man7.org/linux/man-pages/man1/reset.1.html
 *
 * Usage: reset
 * Sets the line discipline to what it was at the start and resets the terminal itself.
 */
#include <getopt.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "terminal-modes.h"
#include "tools.h"

int main(int argc, char **argv)
{
	struct termios modes;
	next_option(argc, argv, "");
	if (!tcgetattr(STDERR_FILENO, &modes)) {
		sane_modes(&modes);
		tcsetattr(STDERR_FILENO, TCSADRAIN, &modes);
	}
	fputs("\033c\033[?1049l\033[?25h\033[m\033[H\033[J", stdout);
	return 0;
}
