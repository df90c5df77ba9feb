/*
 * passwd: change a password
 * https://man7.org/linux/man-pages/man1/passwd.1.html
 *
 * Set-user-ID: root
 *
 * Usage: passwd [-dlSu] [-s] [USER]
 *   -d   delete it: nobody is asked (root)
 *   -l   lock it, -u unlock it (root)
 *   -S   its state: L locked, NP none, P usable
 *   -s   read it from standard input
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "accounts.h"
#include "tools.h"

enum { SECONDS_PER_DAY = 86400, SHORTEST = 5 };

static bool store(const struct passwd *user, const char *hash)
{
	bool is_shadowed = !strcmp(user->pw_passwd, "x");
	char *line = is_shadowed ? format_text("%s:%s:%ld:0:99999:7:::", user->pw_name, hash, (long)(time(NULL) / SECONDS_PER_DAY)) :
		format_text("%s:%s:%u:%u:%s:%s:%s", user->pw_name, hash, user->pw_uid, user->pw_gid, user->pw_gecos, user->pw_dir, user->pw_shell);
	bool is_done = change_record(is_shadowed ? SHADOW_FILE : PASSWD_FILE, user->pw_name, line);
	free(line);
	if (!is_done)
		warn("%s", is_shadowed ? SHADOW_FILE : PASSWD_FILE);
	return is_done;
}

static char *ask_new(bool from_stdin, bool is_root)
{
	char *first = read_password(from_stdin ? "" : "New password: ", from_stdin);
	if (!first)
		errx(10, "password unchanged");
	if (!is_root && strlen(first) < SHORTEST)
		errx(1, "You must choose a longer password.");
	if (from_stdin)
		return first;
	char *second = read_password("Retype new password: ", false);
	if (!second || strcmp(first, second))
		errx(10, "Sorry, passwords do not match.\npassword unchanged");
	free(second);
	return first;
}

static int print_state(const struct passwd *user, const char *hash)
{
	printf("%s %s\n", user->pw_name, *hash == '!' || *hash == '*' ? "L" : *hash ? "P" : "NP");
	return 0;
}

static int change_lock(const struct passwd *user, const char *hash, char action)
{
	if (action == 'd')
		return !store(user, "");
	bool is_locked = *hash == '!';
	if (is_locked == (action == 'l'))
		return 0;
	if (is_locked && !hash[1])
		errx(3, "unlocking the password would result in a passwordless account.");
	char *next = is_locked ? duplicate(hash + 1) : format_text("!%s", hash);
	bool is_done = store(user, next);
	free(next);
	return !is_done;
}

int main(int argc, char **argv)
{
	bool is_root = getuid() == 0, from_stdin = false;
	char action = 0;
	for (int option; (option = next_option(argc, argv, "dlSsu")) != -1;) {
		if (option == 's')
			from_stdin = true;
		else
			action = (char)option;
	}
	const struct passwd *user = argv[optind] ? account_named(argv[optind]) : account_with(getuid());
	if (!user)
		errx(1, "user '%s' does not exist", argv[optind] ? argv[optind] : "?");
	if (!is_root && (user->pw_uid != getuid() || (action && action != 'S')))
		errx(1, "You may not view or modify password information for %s.", user->pw_name);
	char *hash = password_hash(user);
	if (action == 'S')
		return print_state(user, hash);
	if (action)
		return change_lock(user, hash, action);
	if (!is_root && (*hash == '!' || !check_password(user, "Current password: ", from_stdin)))
		errx(10, "Authentication token manipulation error\npassword unchanged");
	char *password = ask_new(from_stdin, is_root), *next = hash_password(password);
	if (!store(user, next))
		return 1;
	warnx("password updated successfully");
	return 0;
}
