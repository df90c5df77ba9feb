/*
 * gpasswd: members and password of a group
 * https://man7.org/linux/man-pages/man1/gpasswd.1.html
 *
 * Usage: gpasswd [-a USER | -d USER | -M USER,... | -r | -R] GROUP
 *   -a, --add USER            one more member
 *   -d, --delete USER         one less
 *   -M, --members USER,...    these and no others
 *   -r, --remove-password     no password: only members enter with newgrp
 *   -R, --restrict            the same, by a password that nothing matches
 * Without an option: a new password, which is asked for twice.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "groups.h"
#include "tools.h"

enum { NOT_PERMITTED = 1, BAD_SYNTAX = 2, BAD_ARGUMENT = 3, TRIES = 3 };

static void set_password(struct group *group)
{
	printf("Changing the password for group %s\n", group->gr_name);
	fflush(stdout);
	for (int i = 0; i < TRIES; i++) {
		char *first = read_password("New Password: ", false), *second = first ? read_password("Re-enter new password: ", false) : NULL;
		if (!second)
			exit(NOT_PERMITTED);
		if (!strcmp(first, second)) {
			group->gr_passwd = hash_password(first);
			return;
		}
		fprintf(stderr, i + 1 < TRIES ? "They don't match; try again\n" : "gpasswd: Try again later\n");
	}
	exit(NOT_PERMITTED);
}

static void check_users(char **users)
{
	const char *unknown = unknown_member(users);
	if (unknown)
		errx(BAD_ARGUMENT, "user '%s' does not exist", unknown);
}

static void add(struct group *group, char *user)
{
	check_users((char *[]){user, NULL});
	printf("Adding user %s to group %s\n", user, group->gr_name);
	add_member(group, user);
}

static void take_out(struct group *group, const char *user)
{
	printf("Removing user %s from group %s\n", user, group->gr_name);
	fflush(stdout);
	if (!has_member(group, user))
		errx(BAD_ARGUMENT, "user '%s' is not a member of '%s'", user, group->gr_name);
	remove_member(group, user);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"add", required_argument, NULL, 'a'}, {"delete", required_argument, NULL, 'd'}, {"members", required_argument, NULL, 'M'},
		{"remove-password", no_argument, NULL, 'r'}, {"restrict", no_argument, NULL, 'R'}, {0}};
	char *value = NULL;
	int action = 0, option;
	usage_status = BAD_SYNTAX;
	while ((option = next_long_option(argc, argv, "a:d:M:rR", longs)) != -1) {
		if (action)
			usage_error("the options cannot be combined");
		action = option;
		value = optarg;
	}
	if (!argv[optind] || argv[optind + 1])
		usage_error("one group is expected");
	struct group *group = group_named(argv[optind]);
	if (getuid())
		errx(NOT_PERMITTED, "Permission denied.");
	if (!group)
		errx(BAD_ARGUMENT, "group '%s' does not exist in %s", argv[optind], GROUP_FILE);
	switch (action) {
	case 'a': add(group, value); break;
	case 'd': take_out(group, value); break;
	case 'M': check_users(group->gr_mem = member_list(value)); break;
	case 'r': group->gr_passwd = ""; break;
	case 'R': group->gr_passwd = "!"; break;
	default: set_password(group);
	}
	if (!change_group(group->gr_name, group))
		err(NOT_PERMITTED, "cannot update %s", GROUP_FILE);
	return 0;
}
