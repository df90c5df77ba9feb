/*
 * kill: send a signal to processes
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/kill.html
 *
 * Usage: kill [-s SIGNAL | -SIGNAL] PID...
 *   or:  kill -l [STATUS]...
 * Sends TERM, or SIGNAL (a name or a number). A negative PID is a process group.
 *   -l  names of all signals, or of those that the exit statuses stand for
 */
#include <stddef.h>

#include "tools.h"

int main(int argc, char **argv)
{
	argv[0] = (char *)program_name();
	return kill_command(argc, argv, NULL);
}
