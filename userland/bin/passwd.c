/*
 * passwd: change a password
 * https://man7.org/linux/man-pages/man1/passwd.1.html
 *
 * Set-user-ID: root
 *
 * Usage: passwd [-adelSsu] [-i DAYS] [-n DAYS] [-w DAYS] [-x DAYS] [USER]
 *   -a        with -S: of all users (root)
 *   -d        delete it: nobody is asked (root)
 *   -e        the next session begins with a new one (root)
 *   -i DAYS   an old one can be changed for so long (root)
 *   -l        lock it, -u unlock it (root)
 *   -n DAYS   it cannot be changed before, -x DAYS has to be after, -w DAYS tell so long before (root)
 *   -S        its state: L locked, NP none, P usable; its last change; -n, -x, -w and -i
 *   -s        read it from standard input
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "aging.h"
#include "numbers.h"
#include "tools.h"

enum { SHORTEST = 5, KEPT = -2 };

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

/* Not before as many days as chage -m says. */
static void check_age(const struct passwd *user)
{
	const struct spwd *record = aging_of(user->pw_name);
	if (record && record->sp_lstchg > 0 && record->sp_min > 0 && day_today() < record->sp_lstchg + record->sp_min)
		errx(10, "You must wait longer to change your password.\npassword unchanged");
}

static int print_state(const struct passwd *user)
{
	const char *hash = password_hash(user);
	const struct spwd *record = aging_of(user->pw_name);
	printf("%s %s", user->pw_name, *hash == '!' || *hash == '*' ? "L" : *hash ? "P" : "NP");
	if (record)
		printf(" %s %ld %ld %ld %ld", record->sp_lstchg < 0 ? "never" : format_day(record->sp_lstchg, "%Y-%m-%d"), record->sp_min, record->sp_max, record->sp_warn,
		       record->sp_inact);
	putchar('\n');
	return 0;
}

static int print_states(void)
{
	const struct passwd *user;
	setpwent();
	while ((user = getpwent()))
		print_state(user);
	endpwent();
	return 0;
}

/* What -e, -i, -n, -w and -x say. */
static int change_limits(const struct passwd *user, const long limits[128])
{
	struct spwd *record = aging_of(user->pw_name);
	if (!record)
		errx(1, "user '%s' has no line in %s", user->pw_name, SHADOW_FILE);
	long *fields[128] = {['e'] = &record->sp_lstchg, ['i'] = &record->sp_inact, ['n'] = &record->sp_min, ['w'] = &record->sp_warn, ['x'] = &record->sp_max};
	for (int letter = 0; letter < 128; letter++)
		if (fields[letter] && limits[letter] != KEPT)
			*fields[letter] = limits[letter];
	if (!change_aging(record))
		err(1, "%s", SHADOW_FILE);
	warnx("password changed.");
	return 0;
}

static int change_lock(const struct passwd *user, const char *hash, char action)
{
	if (action == 'd') {
		if (!store_password(user, "", false))
			return 1;
		warnx("password changed.");
		return 0;
	}
	bool is_locked = *hash == '!';
	if (is_locked == (action == 'l')) {
		warnx("password changed.");
		return 0;
	}
	if (is_locked && !hash[1])
		errx(3, "unlocking the password would result in a passwordless account.\nYou should set a password with usermod -p to unlock the password of this account.");
	char *next = is_locked ? duplicate(hash + 1) : format_text("!%s", hash);
	bool is_done = store_password(user, next, false);
	free(next);
	if (is_done)
		warnx("password changed.");
	return !is_done;
}

int main(int argc, char **argv)
{
	bool is_root = getuid() == 0, from_stdin = false, has_limits = false, all = false;
	char action = 0;
	long limits[128];
	for (int letter = 0; letter < 128; letter++)
		limits[letter] = KEPT;
	for (int option; (option = next_option(argc, argv, "adei:ln:Ssuw:x:")) != -1;) {
		switch (option) {
		case 'a': all = true; break;
		case 's': from_stdin = true; break;
		case 'e':
		case 'i':
		case 'n':
		case 'w':
		case 'x':
			limits[option] = optarg ? (long)parse_integer(optarg, "number of days") : 0;
			has_limits = true;
			break;
		default: action = (char)option;
		}
	}
	if (all && (action != 'S' || argv[optind]))
		usage_error("-a only goes with -S, without a user");
	const struct passwd *user = argv[optind] ? account_named(argv[optind]) : account_with(getuid());
	if (!user)
		errx(1, "user '%s' does not exist", argv[optind] ? argv[optind] : "?");
	if (!is_root && (user->pw_uid != getuid() || has_limits || all || (action && action != 'S')))
		errx(1, "You may not view or modify password information for %s.", user->pw_name);
	if (action == 'S')
		return all ? print_states() : print_state(user);
	char *hash = password_hash(user);
	if (action || has_limits)
		return (action ? change_lock(user, hash, action) : 0) || (has_limits && change_limits(user, limits));
	if (!is_root && (*hash == '!' || !check_password(user, "Current password: ", from_stdin)))
		errx(10, "Authentication token manipulation error\npassword unchanged");
	if (!is_root)
		check_age(user);
	char *password = ask_new(from_stdin, is_root), *next = hash_password(password);
	if (!store_password(user, next, true))
		return 1;
	warnx("password updated successfully");
	return 0;
}
