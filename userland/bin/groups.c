/*
 * groups: print the groups of users
 * https://man7.org/linux/man-pages/man1/groups.1.html
 *
 * Usage: groups [USER]...
 */
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "owner.h"
#include "tools.h"

static void put(const gid_t *list, int count)
{
	for (int i = 0; i < count; i++)
		printf("%s%s", i ? " " : "", group_name(list[i]));
	putchar('\n');
}

int main(int argc, char **argv)
{
	gid_t list[256];
	int status = 0;
	next_option(argc, argv, "");
	if (!argv[optind]) {
		list[0] = getegid();
		int count = 1, more = getgroups(255, list + 1);
		for (int i = 1; i <= more; i++)
			if (list[i] != list[0])
				list[count++] = list[i];
		put(list, count);
	}
	for (char **name = argv + optind; *name; name++) {
		struct passwd *user = getpwnam(*name);
		int count = 256;
		if (!user) {
			warnx("'%s': no such user", *name);
			status = 1;
			continue;
		}
		getgrouplist(*name, user->pw_gid, list, &count);
		printf("%s : ", *name);
		put(list, count);
	}
	return status;
}
