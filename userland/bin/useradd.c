/*
 * useradd: create a user
 * https://man7.org/linux/man-pages/man8/useradd.8.html
 *
 * Usage: useradd [-mMrN] [-u UID] [-g GROUP] [-G GROUP[,GROUP]...] [-d HOME] [-s SHELL] [-c COMMENT] [-p HASH] NAME
 *   -c COMMENT   the full name
 *   -d HOME      home folder, instead of /home/NAME
 *   -g GROUP     primary group, instead of one with the user's name; -N: users
 *   -G GROUP     further groups
 *   -m           make the home folder, with what /etc/skel holds; -M: do not
 *   -p HASH      the password as crypt(3) writes it, instead of a locked one
 *   -r           a system account: a number below 1000
 *   -s SHELL     instead of /bin/sh
 *   -u UID       instead of the next free number
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "accounts.h"
#include "numbers.h"
#include "tools.h"

enum { FIRST_UID = 1000, FIRST_SYSTEM_UID = 100, LAST_UID = 60000, SECONDS_PER_DAY = 86400, USERS_GROUP = 100 };
/* The statuses of its manual page. */
enum { BAD_SYNTAX = 2, BAD_ARGUMENT = 3, UID_IN_USE = 4, NO_GROUP = 6, NAME_IN_USE = 9, HOME_FAILED = 12 };

static const char *comment = "", *home, *primary, *further, *shell = "/bin/sh", *hash = "!";
static long uid = -1;
static bool makes_home, is_system, has_no_group;

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {{"comment", required_argument, NULL, 'c'}, {"home-dir", required_argument, NULL, 'd'}, {"gid", required_argument, NULL, 'g'},
		{"groups", required_argument, NULL, 'G'}, {"create-home", no_argument, NULL, 'm'}, {"no-create-home", no_argument, NULL, 'M'}, {"no-user-group", no_argument, NULL, 'N'},
		{"password", required_argument, NULL, 'p'}, {"system", no_argument, NULL, 'r'}, {"shell", required_argument, NULL, 's'}, {"uid", required_argument, NULL, 'u'}, {0}};
	usage_status = BAD_SYNTAX;
	for (int option; (option = next_long_option(argc, argv, "c:d:g:G:mMNp:rs:u:", longs)) != -1;) {
		switch (option) {
		case 'c': comment = optarg; break;
		case 'd': home = optarg; break;
		case 'g': primary = optarg; break;
		case 'G': further = optarg; break;
		case 'm': makes_home = true; break;
		case 'M': makes_home = false; break;
		case 'N': has_no_group = true; break;
		case 'p': hash = optarg; break;
		case 'r': is_system = true; break;
		case 's': shell = optarg; break;
		default: uid = (long)parse_integer(optarg, "user ID");
		}
	}
}

/* The number behind the highest that is taken, in its range. */
static long next_number(void)
{
	long low = is_system ? FIRST_SYSTEM_UID : FIRST_UID, high = is_system ? FIRST_UID - 1 : LAST_UID, next = low;
	const struct passwd *user;
	setpwent();
	while ((user = getpwent()))
		if (user->pw_uid >= next && user->pw_uid < high)
			next = (long)user->pw_uid + 1;
	endpwent();
	while (getgrgid((gid_t)next) && next < high)
		next++;
	return next;
}

static void add_group(const char *name, long gid)
{
	char *line = format_text("%s:x:%ld:", name, gid);
	if (!change_record(GROUP_FILE, name, line))
		err(10, "cannot update %s", GROUP_FILE);
	free(line);
}

/* The line of a group with one member more. */
static void add_member(const char *group_name, const char *name)
{
	const struct group *group = getgrnam(group_name);
	if (!group)
		errx(NO_GROUP, "group '%s' does not exist", group_name);
	struct text line = {0};
	text_format(&line, "%s:%s:%u:", group->gr_name, group->gr_passwd, group->gr_gid);
	for (char **member = group->gr_mem; *member; member++)
		text_format(&line, "%s,", *member);
	text_string(&line, name);
	if (!change_record(GROUP_FILE, group_name, line.data))
		err(10, "cannot update %s", GROUP_FILE);
	text_free(&line);
}

static void make_home(gid_t gid)
{
	if (mkdir(home, 0700) < 0) {
		if (errno != EEXIST)
			err(HOME_FAILED, "cannot create directory %s", home);
		warnx("warning: the home directory %s already exists.", home);
		return;
	}
	pid_t child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", "[ ! -d /etc/skel ] || cp -a /etc/skel/. \"$1\"; chown -R \"$2\" \"$1\"", "useradd", home, format_text("%ld:%u", uid, gid), (char *)NULL);
		_exit(127);
	}
	int status = 1;
	if (child < 0 || waitpid(child, &status, 0) < 0 || status)
		errx(HOME_FAILED, "%s could not be filled", home);
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	const char *name = argv[optind];
	if (!name || argv[optind + 1])
		usage_error("one name is expected");
	if (!is_account_name(name))
		errx(BAD_ARGUMENT, "invalid user name '%s'", name);
	if (strchr(comment, ':') || strchr(shell, ':') || (home && strchr(home, ':')) || strchr(hash, ':'))
		errx(BAD_ARGUMENT, "a colon cannot be part of a field");
	if (getpwnam(name))
		errx(NAME_IN_USE, "user '%s' already exists", name);
	if (uid < 0)
		uid = next_number();
	if (getpwuid((uid_t)uid))
		errx(UID_IN_USE, "UID %ld is not unique", uid);
	gid_t gid = has_no_group ? USERS_GROUP : (gid_t)uid;
	if (primary && !group_id(primary, &gid))
		errx(NO_GROUP, "group '%s' does not exist", primary);
	if (!primary && !has_no_group && getgrnam(name))
		errx(NAME_IN_USE, "group %s exists - if you want to add this user to that group, use -g.", name);
	for (char *list = duplicate(further ? further : ""), *group; (group = strsep(&list, ","));)
		if (*group && !getgrnam(group))
			errx(NO_GROUP, "group '%s' does not exist", group);
	home = home ? home : format_text("/home/%s", name);
	if (!primary && !has_no_group)
		add_group(name, uid);
	char *shadow = format_text("%s:%s:%ld:0:99999:7:::", name, hash, (long)(time(NULL) / SECONDS_PER_DAY));
	char *line = format_text("%s:x:%ld:%u:%s:%s:%s", name, uid, gid, comment, home, shell);
	if (!change_record(SHADOW_FILE, name, shadow) || !change_record(PASSWD_FILE, name, line))
		err(1, "cannot update %s", PASSWD_FILE);
	for (char *list = duplicate(further ? further : ""), *group; (group = strsep(&list, ","));)
		if (*group)
			add_member(group, name);
	if (makes_home)
		make_home(gid);
	return 0;
}
