/*
 * su: a shell or a command as another user
 * https://man7.org/linux/man-pages/man1/su.1.html
 *
 * Set-user-ID: root
 *
 * Usage: su [-lmp] [-c COMMAND] [-s SHELL] [-] [USER [ARG]...]
 *   -, -l        as a login: new environment, home folder
 *   -c COMMAND   passed to the shell
 *   -m, -p       the environment stays
 *   -s SHELL     instead of the user's (root may choose)
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

static bool is_login, keeps;
static char *command;
static const char *shell;

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {{"login", no_argument, NULL, 'l'}, {"command", required_argument, NULL, 'c'}, {"preserve-environment", no_argument, NULL, 'p'},
		{"shell", required_argument, NULL, 's'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "c:lmps:", longs)) != -1;) {
		switch (option) {
		case 'c': command = optarg; break;
		case 'l': is_login = true; break;
		case 's': shell = optarg; break;
		default: keeps = true;
		}
	}
	if (argv[optind] && !strcmp(argv[optind], "-")) {
		is_login = true;
		optind++;
	}
}

static noreturn void run_shell(char **arguments)
{
	size_t count = 0;
	while (arguments[count])
		count++;
	char **words = allocate((count + 4) * sizeof *words), **word = words;
	*word++ = format_text("%s%s", is_login ? "-" : "", path_name(shell));
	if (command) {
		*word++ = "-c";
		*word++ = command;
	}
	memcpy(word, arguments, (count + 1) * sizeof *word);
	execv(shell, words);
	warn("failed to execute %s", shell);
	exit(127);
}

int main(int argc, char **argv)
{
	uid_t caller = getuid();
	parse(argc, argv);
	const char *name = argv[optind] ? argv[optind] : "root";
	const struct passwd *user = account_named(name);
	if (!user)
		errx(1, "user %s does not exist or the user entry does not contain all the required fields", name);
	if (geteuid())
		errx(1, "must be set-user-ID root");
	if (caller && !check_password(user, "Password: ", false))
		errx(1, "Authentication failure");
	if (caller && !passes_aging(user))
		errx(1, "Authentication failure");
	if (!shell || (caller && shell != user->pw_shell && keeps))
		shell = shell_of(user);
	if (caller && strcmp(shell, shell_of(user)))
		errx(1, "only root may choose the shell");
	become(user, user->pw_gid);
	if (!keeps || is_login)
		set_user_environment(user, shell, is_login);
	if (is_login && chdir(user->pw_dir) < 0) {
		warn("warning: cannot change directory to %s", user->pw_dir);
		if (chdir("/") < 0)
			err(1, "/");
	}
	run_shell(argv + optind + (argv[optind] != NULL));
}
