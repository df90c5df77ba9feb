/*
 * chpasswd: set the passwords of many users
 * https://man7.org/linux/man-pages/man8/chpasswd.8.html
 *
 * Usage: chpasswd [-e]
 * Reads lines USER:PASSWORD from standard input (root). Nothing is changed if one of the users is not there.
 *   -e, --encrypted   what is read is a hash as crypt(3) makes it
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "aging.h"
#include "tools.h"

struct change {
	const struct passwd *user;
	char *password;
};

/* The line is cut where the name ends. Null after a message. */
static const struct passwd *parse_change(char *line, unsigned long number, char **password)
{
	char *colon = strchr(line, ':');
	if (!colon) {
		warnx("line %lu: missing new password", number);
		return NULL;
	}
	*colon = 0;
	const struct passwd *user = account_named(line);
	if (!user)
		warnx("line %lu: user '%s' does not exist", number, line);
	*password = duplicate(colon + 1);
	return user;
}

static struct change *read_changes(size_t *count)
{
	struct change *changes = NULL;
	char *line = NULL;
	size_t room = 0;
	bool failed = false;
	*count = 0;
	for (unsigned long number = 1; getline(&line, &room, stdin) > 0; number++) {
		struct change change = {0};
		line[strcspn(line, "\n")] = 0;
		change.user = parse_change(line, number, &change.password);
		failed |= !change.user;
		changes = reallocate(changes, (*count + 1) * sizeof *changes);
		changes[(*count)++] = change;
	}
	free(line);
	if (failed)
		errx(1, "error detected, changes ignored");
	return changes;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"encrypted", no_argument, NULL, 'e'}, {0}};
	bool is_hash = false;
	for (int option; (option = next_long_option(argc, argv, "e", longs)) != -1;)
		is_hash |= option == 'e';
	if (argv[optind])
		usage_error("extra operand '%s'", argv[optind]);
	if (geteuid())
		errx(1, "Permission denied.");
	size_t count;
	struct change *changes = read_changes(&count);
	for (size_t i = 0; i < count; i++) {
		char *hash = is_hash ? changes[i].password : hash_password(changes[i].password);
		if (!store_password(changes[i].user, hash, true))
			return 1;
	}
	return 0;
}
