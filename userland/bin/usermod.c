/*
 * usermod: change a user
 * https://man7.org/linux/man-pages/man8/usermod.8.html
 *
 * Usage: usermod [-a] [-c TEXT] [-d FOLDER] [-g GROUP] [-G GROUP,...] [-L | -U] [-p HASH] [-s SHELL] [-u UID] NAME
 *   -a, --append         -G adds groups; without it the user leaves all others
 *   -c, --comment TEXT   the comment, mostly the full name
 *   -d, --home FOLDER    the home folder
 *   -g, --gid GROUP      the primary group
 *   -G, --groups LIST    further groups, with commas between them
 *   -L, --lock           nobody comes in with the password
 *   -p, --password HASH  as crypt(3) makes it
 *   -s, --shell SHELL    the program that a session begins with
 *   -u, --uid UID        the number; files keep the old one
 *   -U, --unlock         the password is good again
 */
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "aging.h"
#include "groups.h"
#include "numbers.h"
#include "tools.h"

/* The statuses of its manual page. */
enum { BAD_SYNTAX = 2, BAD_ARGUMENT = 3, UID_IN_USE = 4, NO_NAME = 6, NOT_CHANGED = 1 };

static const char *comment, *home, *primary, *further, *shell, *hash;
static long uid = -1;
static bool appends, locks, unlocks;

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {{"append", no_argument, NULL, 'a'}, {"comment", required_argument, NULL, 'c'}, {"home", required_argument, NULL, 'd'},
		{"gid", required_argument, NULL, 'g'}, {"groups", required_argument, NULL, 'G'}, {"lock", no_argument, NULL, 'L'}, {"password", required_argument, NULL, 'p'},
		{"shell", required_argument, NULL, 's'}, {"uid", required_argument, NULL, 'u'}, {"unlock", no_argument, NULL, 'U'}, {0}};
	usage_status = BAD_SYNTAX;
	for (int option; (option = next_long_option(argc, argv, "ac:d:g:G:Lp:s:u:U", longs)) != -1;) {
		switch (option) {
		case 'a': appends = true; break;
		case 'c': comment = optarg; break;
		case 'd': home = optarg; break;
		case 'g': primary = optarg; break;
		case 'G': further = optarg; break;
		case 'L': locks = true; break;
		case 'p': hash = optarg; break;
		case 's': shell = optarg; break;
		case 'u': uid = (long)parse_integer(optarg, "user ID"); break;
		default: unlocks = true;
		}
	}
	if (appends && !further)
		usage_error("-a only goes with -G");
	if (locks + unlocks + (hash != NULL) > 1)
		usage_error("-p, -L and -U exclude each other");
}

static void change_account(const struct passwd *user)
{
	gid_t gid = user->pw_gid;
	if (primary && !group_id(primary, &gid))
		errx(NO_NAME, "group '%s' does not exist", primary);
	if (uid >= 0 && (uid_t)uid != user->pw_uid && getpwuid((uid_t)uid))
		errx(UID_IN_USE, "UID '%ld' already exists", uid);
	char *line = format_text("%s:%s:%ld:%u:%s:%s:%s", user->pw_name, user->pw_passwd, uid < 0 ? (long)user->pw_uid : uid, gid,
		comment ? comment : user->pw_gecos, home ? home : user->pw_dir, shell ? shell : user->pw_shell);
	if (!change_record(PASSWD_FILE, user->pw_name, line))
		err(NOT_CHANGED, "cannot update %s", PASSWD_FILE);
	free(line);
}

/* The fields of age stay: it is no new password. */
static void change_hash(const char *name, const char *next)
{
	struct spwd *old = aging_of(name), record = {(char *)name, NULL, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, 0};
	if (old)
		record = *old;
	record.sp_pwdp = (char *)next;
	if (!change_aging(&record))
		err(NOT_CHANGED, "cannot update %s", SHADOW_FILE);
}

static void change_password(const struct passwd *user)
{
	const char *old = password_hash(user);
	if (hash)
		change_hash(user->pw_name, hash);
	if (locks && *old != '!')
		change_hash(user->pw_name, format_text("!%s", old));
	if (unlocks && *old == '!') {
		if (!old[1])
			errx(NOT_CHANGED, "unlocking the user's password would result in a passwordless account.\nYou should set a password with usermod -p to unlock this user's password.");
		change_hash(user->pw_name, old + 1);
	}
}

static bool is_listed(char **names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static void check_groups(char **names)
{
	for (; *names; names++)
		if (!getgrnam(*names))
			errx(NO_NAME, "group '%s' does not exist", *names);
}

/* All groups are read before one is written, since that changes the file that is read. */
static void change_groups(const char *name, char **names)
{
	char **all = NULL;
	size_t count = 0;
	const struct group *each;
	setgrent();
	while ((each = getgrent())) {
		all = reallocate(all, (count + 1) * sizeof *all);
		all[count++] = duplicate(each->gr_name);
	}
	endgrent();
	for (size_t i = 0; i < count; free(all[i++])) {
		struct group *group = group_named(all[i]);
		bool was = has_member(group, name), shall = is_listed(names, all[i]);
		if (was == shall || (was && appends))
			continue;
		if (shall)
			add_member(group, name);
		else
			remove_member(group, name);
		if (!change_group(all[i], group))
			err(NOT_CHANGED, "cannot update %s", GROUP_FILE);
	}
	free(all);
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	const char *name = argv[optind], *fields[] = {comment, home, shell, hash};
	if (!name || argv[optind + 1])
		usage_error("one name is expected");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (fields[i] && strchr(fields[i], ':'))
			errx(BAD_ARGUMENT, "a colon cannot be part of a field");
	const struct passwd *user = account_named(name);
	if (!user)
		errx(NO_NAME, "user '%s' does not exist", name);
	char **names = further ? member_list(further) : NULL;
	if (names)
		check_groups(names);
	if (comment || home || primary || shell || uid >= 0)
		change_account(user);
	change_password(user);
	if (names)
		change_groups(name, names);
	return 0;
}
