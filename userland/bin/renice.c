/*
 * renice: change the scheduling priority of processes that run
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/renice.html
 *
 * Usage: renice [-n] N [-p] PID...
 *        renice [-n] N -g PGID... | -u USER...
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "numbers.h"
#include "owner.h"
#include "tools.h"

int main(int argc, char **argv)
{
	int kind = PRIO_PROCESS, status = 0;
	bool known = false;
	long long nice = 0;
	if (argc < 3)
		usage_error("missing operand");
	for (char **word = argv + 1; *word; word++) {
		if (!strcmp(*word, "-p") || !strcmp(*word, "-g") || !strcmp(*word, "-u")) {
			kind = (*word)[1] == 'p' ? PRIO_PROCESS : (*word)[1] == 'g' ? PRIO_PGRP : PRIO_USER;
			continue;
		}
		if (!strcmp(*word, "-n") && word[1])
			word++;
		if (!known) {
			nice = parse_integer(*word, "priority");
			known = true;
			continue;
		}
		uid_t uid = 0;
		if (kind == PRIO_USER && user_number(*word, &uid))
			errx(1, "unknown user %s", *word);
		id_t id = kind == PRIO_USER ? uid : (id_t)parse_integer(*word, "process number");
		int before = getpriority((unsigned)kind, id);
		if (setpriority((unsigned)kind, id, (int)nice)) {
			warn("failed to set priority for %u (%s)", id, kind == PRIO_PROCESS ? "process ID" : kind == PRIO_PGRP ? "process group ID" : "user ID");
			status = 1;
		} else {
			printf("%u (%s) old priority %d, new priority %d\n", id, kind == PRIO_PROCESS ? "process ID" : kind == PRIO_PGRP ? "process group ID" : "user ID", before, getpriority((unsigned)kind, id));
		}
	}
	return status;
}
