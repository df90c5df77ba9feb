/*
 * groupmod: change a group
 * https://man7.org/linux/man-pages/man8/groupmod.8.html
 *
 * Usage: groupmod [-g GID [-o]] [-n NAME] [-p HASH] [[-a] -U USER,...] GROUP
 *   -a, --append             -U adds members; without it these are all
 *   -g, --gid GID            the number, also of the users whose primary group it is; files keep the old one
 *   -n, --new-name NAME      another name
 *   -o, --non-unique         -g may be the number of another group
 *   -p, --password HASH      as crypt(3) makes it
 *   -U, --users USER,...     the members
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "groups.h"
#include "tools.h"

enum { BAD_SYNTAX = 2, BAD_ARGUMENT = 3, GID_IN_USE = 4, NO_GROUP = 6, NAME_IN_USE = 9, NOT_CHANGED = 10 };

static const char *number, *new_name, *hash, *users;
static bool appends, shares;

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {{"append", no_argument, NULL, 'a'}, {"gid", required_argument, NULL, 'g'}, {"new-name", required_argument, NULL, 'n'},
		{"non-unique", no_argument, NULL, 'o'}, {"password", required_argument, NULL, 'p'}, {"users", required_argument, NULL, 'U'}, {0}};
	usage_status = BAD_SYNTAX;
	for (int option; (option = next_long_option(argc, argv, "ag:n:op:U:", longs)) != -1;) {
		switch (option) {
		case 'a': appends = true; break;
		case 'g': number = optarg; break;
		case 'n': new_name = optarg; break;
		case 'o': shares = true; break;
		case 'p': hash = optarg; break;
		default: users = optarg;
		}
	}
	if (shares && !number)
		usage_error("-o only goes with -g");
	if (!argv[optind] || argv[optind + 1])
		usage_error("one group is expected");
}

static gid_t new_number(gid_t old)
{
	char *end;
	if (!number)
		return old;
	errno = 0;
	unsigned long value = strtoul(number, &end, 10);
	if (!isdigit((unsigned char)*number) || *end || errno || value >= (gid_t)-1)
		errx(BAD_ARGUMENT, "invalid group ID '%s'", number);
	if (value != old && !shares && getgrgid((gid_t)value))
		errx(GID_IN_USE, "GID '%lu' already exists", value);
	return (gid_t)value;
}

static void set_members(struct group *group)
{
	char **members = member_list(users);
	const char *unknown = unknown_member(members);
	if (unknown) {
		fprintf(stderr, "Invalid member username %s\n", unknown);
		exit(NOT_CHANGED);
	}
	if (!appends)
		*group->gr_mem = NULL;
	for (; *members; members++)
		add_member(group, *members);
}

/* Users whose primary group it is have its number in their own line. */
static void move_users(gid_t from, gid_t to)
{
	const struct passwd *user;
	setpwent();
	while ((user = getpwent())) {
		if (user->pw_gid != from)
			continue;
		char *line = format_text("%s:%s:%u:%u:%s:%s:%s", user->pw_name, user->pw_passwd, user->pw_uid, to, user->pw_gecos, user->pw_dir, user->pw_shell);
		if (!change_record(PASSWD_FILE, user->pw_name, line))
			err(NOT_CHANGED, "cannot update %s", PASSWD_FILE);
		free(line);
	}
	endpwent();
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	const char *name = argv[optind];
	struct group *group = group_named(name);
	if (!group)
		errx(NO_GROUP, "group '%s' does not exist", name);
	gid_t old = group->gr_gid;
	group->gr_gid = new_number(old);
	if (new_name && !is_account_name(new_name))
		errx(BAD_ARGUMENT, "invalid group name '%s'", new_name);
	if (new_name && strcmp(new_name, name) && getgrnam(new_name))
		errx(NAME_IN_USE, "group '%s' already exists", new_name);
	if (new_name)
		group->gr_name = duplicate(new_name);
	if (hash)
		group->gr_passwd = duplicate(hash);
	if (users)
		set_members(group);
	if (!change_group(name, group))
		err(NOT_CHANGED, "cannot update %s", GROUP_FILE);
	if (group->gr_gid != old)
		move_users(old, group->gr_gid);
	return 0;
}
