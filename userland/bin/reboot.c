/*
 * reboot: restart or stop the machine
 * https://man7.org/linux/man-pages/man8/reboot.8.html
 *
 * Aliases: poweroff halt
 *
 * Usage: reboot [-fn]
 *        poweroff [-fn]
 *        halt [-fn]
 * Asks init to end all processes and unmount file systems first.
 *   -f   at once, without init
 *   -n   do not write caches to disk
 */
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	bool force = false, no_sync = false;
	for (int option; (option = next_option(argc, argv, "fn")) != -1;) {
		force |= option == 'f';
		no_sync |= option == 'n';
	}
	/* What init does at these signals is the convention of sysvinit's small relatives. */
	char kind = program_name()[0];
	int signal = kind == 'r' ? SIGTERM : kind == 'p' ? SIGUSR2 : SIGUSR1;
	int command = kind == 'r' ? RB_AUTOBOOT : kind == 'p' ? RB_POWER_OFF : RB_HALT_SYSTEM;
	if (!force && getpid() != 1) {
		if (kill(1, signal))
			err(1, "cannot ask init");
		return 0;
	}
	if (!no_sync)
		sync();
	if (reboot(command))
		err(1, "reboot");
	return 0;
}
