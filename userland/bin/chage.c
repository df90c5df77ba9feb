/*
 * chage: how long a user's password and account are good
 * https://man7.org/linux/man-pages/man1/chage.1.html
 *
 * Set-user-ID: root
 *
 * Usage: chage [-d DAY] [-E DAY] [-I DAYS] [-m DAYS] [-M DAYS] [-W DAYS] USER
 *        chage [-i] -l USER
 *   -d, --lastday DAY      when the password was changed last; 0: the next session begins with a new one
 *   -E, --expiredate DAY   from then on nobody comes in
 *   -i, --iso8601          with -l: days as 2027-12-31
 *   -I, --inactive DAYS    after the password's end it can be changed for so long
 *   -l, --list             what is set; users may ask for their own
 *   -m, --mindays DAYS     it cannot be changed before
 *   -M, --maxdays DAYS     it has to be changed after
 *   -W, --warndays DAYS    the user is told so long before
 * A DAY is 2027-12-31 or the number of days since 1970. -1 takes a limit away. Without an option each is asked for.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "aging.h"
#include "files.h"
#include "tools.h"

enum { NOT_PERMITTED = 1, BAD_SYNTAX = 2, NO_SHADOW = 15 };

static bool lists, is_iso, changes;
static const char *given[128]; /* by the option's letter */

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {{"lastday", required_argument, NULL, 'd'}, {"expiredate", required_argument, NULL, 'E'}, {"iso8601", no_argument, NULL, 'i'},
		{"inactive", required_argument, NULL, 'I'}, {"list", no_argument, NULL, 'l'}, {"mindays", required_argument, NULL, 'm'}, {"maxdays", required_argument, NULL, 'M'},
		{"warndays", required_argument, NULL, 'W'}, {0}};
	usage_status = BAD_SYNTAX;
	for (int option; (option = next_long_option(argc, argv, "d:E:iI:lm:M:W:", longs)) != -1;) {
		lists |= option == 'l';
		is_iso |= option == 'i';
		if (optarg) {
			given[option] = optarg;
			changes = true;
		}
	}
	if (!argv[optind] || argv[optind + 1])
		usage_error("one user is expected");
	if (lists && changes)
		usage_error("do not include \"l\" with other flags");
}

/* "never", "password must be changed" where the last change is day 0, or the date. */
static void print_day(const char *title, long day, bool must_change)
{
	char *text = must_change ? duplicate("password must be changed") : day < 0 ? duplicate("never") : format_day(day, is_iso ? "%Y-%m-%d" : "%b %d, %Y");
	printf("%s: %s\n", title, text);
	free(text);
}

static void list(const struct spwd *record)
{
	bool must_change = record->sp_lstchg == 0;
	print_day("Last password change\t\t\t\t\t", record->sp_lstchg, must_change);
	print_day("Password expires\t\t\t\t\t", password_ends(record), must_change);
	print_day("Password inactive\t\t\t\t\t", password_useless(record), must_change);
	print_day("Account expires\t\t\t\t\t\t", record->sp_expire, false);
	printf("Minimum number of days between password change\t\t: %ld\n", record->sp_min);
	printf("Maximum number of days between password change\t\t: %ld\n", record->sp_max);
	printf("Number of days of warning before password expires\t: %ld\n", record->sp_warn);
}

static void set_days(long *field, const char *word)
{
	char *end;
	if (!word)
		return;
	*field = strtol(word, &end, 10);
	if (!*word || *end || *field < NO_DAY)
		usage_error("invalid numeric argument '%s'", word);
}

static void set_date(long *field, const char *word)
{
	if (word && !parse_day(word, field))
		usage_error("invalid date '%s'", word);
}

/* The line that was typed, or null where what is in brackets stays. */
static const char *ask(const char *title, const char *old)
{
	char *line = NULL;
	size_t capacity = 0;
	printf("\t%s [%s]: ", title, old);
	fflush(stdout);
	ssize_t length = read_line(stdin, &line, &capacity, NULL);
	return length > 0 ? line : NULL;
}

static void ask_days(long *field, const char *title)
{
	char *old = format_text("%ld", *field);
	set_days(field, ask(title, old));
	free(old);
}

static void ask_date(long *field, const char *title)
{
	char *old = *field < 0 ? duplicate("-1") : format_day(*field, "%Y-%m-%d");
	set_date(field, ask(title, old));
	free(old);
}

static void ask_all(struct spwd *record)
{
	printf("Changing the aging information for %s\nEnter the new value, or press ENTER for the default\n\n", record->sp_namp);
	ask_days(&record->sp_min, "Minimum Password Age");
	ask_days(&record->sp_max, "Maximum Password Age");
	ask_date(&record->sp_lstchg, "Last Password Change (YYYY-MM-DD)");
	ask_days(&record->sp_warn, "Password Expiration Warning");
	ask_days(&record->sp_inact, "Password Inactive");
	ask_date(&record->sp_expire, "Account Expiration Date (YYYY-MM-DD)");
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	const struct passwd *user = account_named(argv[optind]);
	if (getuid() && (!lists || !user || user->pw_uid != getuid()))
		errx(NOT_PERMITTED, "Permission denied.");
	if (!user)
		errx(NOT_PERMITTED, "user '%s' does not exist in %s", argv[optind], PASSWD_FILE);
	struct spwd *record = aging_of(user->pw_name);
	if (!record)
		errx(NO_SHADOW, "user '%s' has no line in %s", user->pw_name, SHADOW_FILE);
	if (lists) {
		list(record);
		return 0;
	}
	set_date(&record->sp_lstchg, given['d']);
	set_date(&record->sp_expire, given['E']);
	set_days(&record->sp_inact, given['I']);
	set_days(&record->sp_min, given['m']);
	set_days(&record->sp_max, given['M']);
	set_days(&record->sp_warn, given['W']);
	if (!changes)
		ask_all(record);
	if (!change_aging(record))
		err(NOT_PERMITTED, "cannot update %s", SHADOW_FILE);
	return 0;
}
