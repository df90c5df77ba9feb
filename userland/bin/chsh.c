/*
 * chsh: change the shell of a user
 * https://man7.org/linux/man-pages/man1/chsh.1.html
 *
 * Set-user-ID: root
 *
 * Usage: chsh [-s SHELL] [USER]
 *   -s, --shell SHELL   the new one; without it, it is asked for
 * Users may take the shells of /etc/shells for themselves, and none if theirs is not there; root any program for anybody.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "tools.h"

#define SHELLS_FILE "/etc/shells"

static bool is_listed(const char *shell)
{
	FILE *file = fopen(SHELLS_FILE, "re");
	char line[512];
	bool found = false;
	while (file && !found && fgets(line, sizeof line, file)) {
		line[strcspn(line, " \t\n#")] = 0;
		found = *line == '/' && !strcmp(line, shell);
	}
	if (file)
		fclose(file);
	return found;
}

/* An empty line keeps the old one. */
static char *ask(const struct passwd *user)
{
	char *line = NULL;
	size_t room = 0;
	printf("Changing the login shell for %s\nEnter the new value, or press ENTER for the default\n\tLogin Shell [%s]: ", user->pw_name, user->pw_shell);
	fflush(stdout);
	if (getline(&line, &room, stdin) <= 0)
		exit(1);
	line[strcspn(line, "\n")] = 0;
	return *line ? line : duplicate(user->pw_shell);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"shell", required_argument, NULL, 's'}, {0}};
	const char *shell = NULL;
	for (int option; (option = next_long_option(argc, argv, "s:", longs)) != -1;)
		shell = option == 's' ? optarg : shell;
	if (argv[optind] && argv[optind + 1])
		usage_error("extra operand '%s'", argv[optind + 1]);
	bool is_root = getuid() == 0;
	const struct passwd *user = argv[optind] ? account_named(argv[optind]) : account_with(getuid());
	if (!user)
		errx(1, "user '%s' does not exist", argv[optind] ? argv[optind] : "?");
	if (!is_root && (user->pw_uid != getuid() || !is_listed(user->pw_shell)))
		errx(1, "You may not change the shell for '%s'.", user->pw_name);
	if (!is_root && !check_password(user, "Password: ", false))
		errx(1, "PAM: Authentication failure");
	if (!shell)
		shell = ask(user);
	/* A colon or a newline would be another field or another user. */
	if (*shell != '/' || strpbrk(shell, ":\n") || access(shell, X_OK) || (!is_root && !is_listed(shell)))
		errx(1, "%s is an invalid shell", shell);
	char *line = format_text("%s:%s:%u:%u:%s:%s:%s", user->pw_name, user->pw_passwd, user->pw_uid, user->pw_gid, user->pw_gecos, user->pw_dir, shell);
	if (!change_record(PASSWD_FILE, user->pw_name, line))
		err(1, "%s", PASSWD_FILE);
	free(line);
	return 0;
}
