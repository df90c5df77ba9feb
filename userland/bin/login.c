/*
 * login: begin a session
 * https://man7.org/linux/man-pages/man1/login.1.html
 *
 * Usage: login [-p] [-f] [USER]
 *   -f   without a password (root)
 *   -p   the environment stays
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "aging.h"
#include "files.h"
#include "sessions.h"
#include "tools.h"

enum { TRIES = 3, NAME_SIZE = 64 };

static bool ask_name(char name[NAME_SIZE])
{
	char host[256] = "";
	gethostname(host, sizeof host - 1);
	printf("%s login: ", host);
	fflush(stdout);
	if (!fgets(name, NAME_SIZE, stdin))
		return false;
	name[strcspn(name, "\n")] = 0;
	return true;
}

/* Users that do not exist are asked as well: nobody is told which do. */
static const struct passwd *authenticate(const char *given, bool is_trusted)
{
	char asked[NAME_SIZE];
	for (int i = 0; i < TRIES; i++) {
		const char *name = given;
		if (!name && !ask_name(asked))
			return NULL;
		const struct passwd *user = account_named(name ? name : asked);
		static struct passwd nobody = {.pw_name = "", .pw_passwd = "*"};
		if ((user && is_trusted) || (check_password(user ? user : &nobody, "Password: ", false) && user))
			return user;
		printf("\nLogin incorrect\n");
		given = NULL;
	}
	return NULL;
}

static void take_terminal(const struct passwd *user)
{
	gid_t group;
	if (isatty(0) && (fchown(0, user->pw_uid, group_id("tty", &group) ? group : user->pw_gid) < 0 || fchmod(0, 0620) < 0))
		warn("the terminal");
}

static void print_file(const char *path)
{
	char line[512];
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		fputs(line, stdout);
	if (file)
		fclose(file);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool is_trusted = false, keeps = false;
	for (int option; (option = next_option(argc, argv, "fp")) != -1;) {
		is_trusted |= option == 'f';
		keeps |= option == 'p';
	}
	if (geteuid())
		errx(1, "only root begins sessions; su changes the user");
	const struct passwd *user = authenticate(argv[optind], is_trusted);
	if (!user)
		return 1;
	if (user->pw_uid && access("/etc/nologin", F_OK) == 0) {
		print_file("/etc/nologin");
		return 1;
	}
	if (!is_trusted && !passes_aging(user))
		return 1;
	take_terminal(user);
	session_begin(user->pw_name, ttyname(0));
	become(user, user->pw_gid);
	const char *shell = shell_of(user);
	set_user_environment(user, shell, !keeps);
	if (chdir(user->pw_dir) < 0) {
		printf("No directory, logging in with HOME=/\n");
		setenv("HOME", "/", 1);
		if (chdir("/") < 0)
			err(1, "/");
	}
	if (access(".hushlogin", F_OK))
		print_file("/etc/motd");
	fflush(stdout);
	char *name = format_text("-%s", path_name(shell));
	execl(shell, name, (char *)NULL);
	warn("%s", shell);
	return 127;
}
