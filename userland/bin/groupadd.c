/*
 * groupadd, groupdel: create or delete a group
 * https://man7.org/linux/man-pages/man8/groupadd.8.html
 *
 * Aliases: groupdel
 *
 * Usage: groupadd [-r] [-g GID] NAME
 *        groupdel NAME
 *   -g GID   instead of the next free number
 *   -r       a system group: a number below 1000
 */
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "numbers.h"
#include "tools.h"

enum { FIRST_GID = 1000, FIRST_SYSTEM_GID = 100, BAD_ARGUMENT = 3, GID_IN_USE = 4, NO_GROUP = 6, PRIMARY = 8, NAME_IN_USE = 9 };

static long next_number(bool is_system)
{
	long low = is_system ? FIRST_SYSTEM_GID : FIRST_GID;
	while (getgrgid((gid_t)low))
		low++;
	return low;
}

static int delete(const char *name)
{
	const struct group *group = getgrnam(name);
	if (!group)
		errx(NO_GROUP, "group '%s' does not exist", name);
	gid_t gid = group->gr_gid;
	const struct passwd *user;
	while ((user = getpwent()))
		if (user->pw_gid == gid)
			errx(PRIMARY, "cannot remove the primary group of user '%s'", user->pw_name);
	if (!change_record(GROUP_FILE, name, NULL))
		err(10, "cannot update %s", GROUP_FILE);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"gid", required_argument, NULL, 'g'}, {"system", no_argument, NULL, 'r'}, {0}};
	bool is_system = false, is_deletion = !strcmp(program_name(), "groupdel");
	long gid = -1;
	usage_status = 2;
	for (int option; (option = next_long_option(argc, argv, is_deletion ? "" : "g:r", is_deletion ? NULL : longs)) != -1;) {
		if (option == 'g')
			gid = (long)parse_integer(optarg, "group ID");
		is_system |= option == 'r';
	}
	const char *name = argv[optind];
	if (!name || argv[optind + 1])
		usage_error("one name is expected");
	if (is_deletion)
		return delete(name);
	if (!is_account_name(name))
		errx(BAD_ARGUMENT, "'%s' is not a valid group name", name);
	if (getgrnam(name))
		errx(NAME_IN_USE, "group '%s' already exists", name);
	if (gid >= 0 && getgrgid((gid_t)gid))
		errx(GID_IN_USE, "GID '%ld' already exists", gid);
	char *line = format_text("%s:x:%ld:", name, gid < 0 ? next_number(is_system) : gid);
	if (!change_record(GROUP_FILE, name, line))
		err(10, "cannot update %s", GROUP_FILE);
	free(line);
	return 0;
}
