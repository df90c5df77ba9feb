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
#include "files.h"
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

static void change(const char *file, const char *name, const char *line)
{
	if (!change_record(file, name, line))
		err(NOT_CHANGED, "cannot update %s", file);
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
	change(PASSWD_FILE, user->pw_name, line);
	free(line);
}

/* The user's line in /etc/shadow with another hash: its other fields stay. */
static void change_hash(const char *name, const char *next)
{
	FILE *file = fopen(SHADOW_FILE, "re");
	char *line = NULL, *changed = NULL;
	size_t capacity = 0, length = strlen(name);
	if (!file)
		err(NOT_CHANGED, "%s", SHADOW_FILE);
	while (!changed && read_line(file, &line, &capacity, NULL) >= 0) {
		if (strncmp(line, name, length) || line[length] != ':')
			continue;
		const char *rest = strchr(line + length + 1, ':');
		changed = format_text("%s:%s%s", name, next, rest ? rest : ":::::::");
	}
	fclose(file);
	change(SHADOW_FILE, name, changed ? changed : format_text("%s:%s:::::::", name, next));
	free(changed);
	free(line);
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

/* Whether the word is in the list with commas. */
static bool is_listed(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
		if (strcspn(list, ",") == length && !strncmp(list, word, length))
			return true;
	return false;
}

static void check_groups(void)
{
	char *list = duplicate(further), *rest = list;
	for (char *name; (name = strsep(&rest, ","));)
		if (*name && !getgrnam(name))
			errx(NO_NAME, "group '%s' does not exist", name);
	free(list);
}

/* Each group's line as it shall be; they are written when all are known, since that changes the file that is read. */
static void change_groups(const char *name)
{
	struct change {
		char *group, *line;
	} *changes = NULL;
	size_t count = 0;
	const struct group *group;
	setgrent();
	while ((group = getgrent())) {
		bool was = false, shall = is_listed(further, group->gr_name);
		struct text line = {0};
		text_format(&line, "%s:%s:%u:", group->gr_name, group->gr_passwd, group->gr_gid);
		const char *comma = "";
		for (char **member = group->gr_mem; *member; member++) {
			bool is_user = !strcmp(*member, name);
			was |= is_user;
			if (is_user && !shall && !appends)
				continue;
			text_format(&line, "%s%s", comma, *member);
			comma = ",";
		}
		if (shall && !was)
			text_format(&line, "%s%s", comma, name);
		if (shall != was && (shall || !appends)) {
			changes = reallocate(changes, (count + 1) * sizeof *changes);
			changes[count++] = (struct change){duplicate(group->gr_name), duplicate(line.data)};
		}
		text_free(&line);
	}
	endgrent();
	for (size_t i = 0; i < count; i++) {
		change(GROUP_FILE, changes[i].group, changes[i].line);
		free(changes[i].group);
		free(changes[i].line);
	}
	free(changes);
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
	if (further)
		check_groups();
	if (comment || home || primary || shell || uid >= 0)
		change_account(user);
	change_password(user);
	if (further)
		change_groups(name);
	return 0;
}
