/*
 * crontab: what cron runs again and again for a user
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html
 *
 * Set-user-ID: root
 *
 * Usage: crontab [-u USER] [FILE|-] | crontab [-u USER] -e|-l|-r
 * Installs FILE (standard input) as the user's crontab. Its lines are MINUTE HOUR DAY MONTH WEEKDAY COMMAND, each field
 * *, a number, a range, a list of these, or a range with a step; or NAME=value. What a command prints is appended
 * to /var/mail/USER.
 *   -e        edit it, by $VISUAL, $EDITOR or vi
 *   -l        print it
 *   -r        remove it
 *   -u USER   another user's (root only)
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accounts.h"
#include "crontab-table.h"
#include "files.h"
#include "spool.h"
#include "tools.h"

static const char *input_name;
static bool has_errors;

static void report(size_t line, const char *problem)
{
	fprintf(stderr, "\"%s\":%zu: %s\n", input_name, line, problem);
	has_errors = true;
}

static char *read_installed(const char *path)
{
	spool_enter();
	char *content = read_file(path, NULL);
	spool_leave();
	return content;
}

/* The new one replaces the old one at once. */
static int install(const char *path, const char *content)
{
	struct crontab crontab;
	crontab_parse(&crontab, content, report);
	crontab_free(&crontab);
	if (has_errors) {
		fputs("errors in crontab file, can't install.\n", stderr);
		return 1;
	}
	spool_enter();
	char *next = format_text("%s.%d", path, getpid());
	int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write_all(fd, content, strlen(content)) < 0 || close(fd) < 0 || rename(next, path) < 0)
		err(1, "%s", next);
	spool_notify();
	spool_leave();
	free(next);
	return 0;
}

static char *read_input(const char *name)
{
	struct text text = {0};
	char block[4096];
	FILE *input = open_input(name);
	if (!input)
		exit(1);
	text_string(&text, "");
	for (size_t got; (got = fread(block, 1, sizeof block, input)) > 0;)
		text_add(&text, block, got);
	return text_take(&text);
}

static int run_editor(const char *file)
{
	const char *editor = getenv("VISUAL");
	if (!editor || !*editor)
		editor = getenv("EDITOR");
	char *command = format_text("%s \"$1\"", editor && *editor ? editor : "vi");
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		if (setgid(getgid()) < 0 || setuid(getuid()) < 0)
			_exit(127);
		execl("/bin/sh", "sh", "-c", command, "sh", file, (char *)NULL);
		_exit(127);
	}
	signal(SIGINT, SIG_IGN);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	signal(SIGINT, SIG_DFL);
	free(command);
	return status;
}

static int edit(const char *path)
{
	char name[] = "/tmp/crontab.XXXXXX", *old = read_installed(path);
	int fd = mkstemp(name), status = 0;
	if (fd < 0 || (old && write_all(fd, old, strlen(old)) < 0))
		err(1, "%s", name);
	close(fd);
	if (run_editor(name)) {
		warnx("the editor failed, crontab unchanged");
		status = 1;
	} else {
		char *edited = read_input(name);
		if (!strcmp(edited, old ? old : ""))
			fputs("No modification made\n", stderr);
		else
			status = install(path, edited);
		free(edited);
	}
	if (status)
		fprintf(stderr, "the edited lines are in %s\n", name);
	else
		unlink(name);
	free(old);
	return status;
}

int main(int argc, char **argv)
{
	char action = 0;
	const char *user = NULL;
	spool_leave();
	for (int option; (option = next_option(argc, argv, "elru:")) != -1;) {
		if (option == 'u')
			user = optarg;
		else if (action)
			usage_error("only one of -e, -l and -r");
		else
			action = (char)option;
	}
	const struct passwd *account = user ? account_named(user) : account_with(getuid());
	if (!account)
		errx(1, "user '%s' unknown", user ? user : "you");
	if (account->pw_uid != getuid() && getuid())
		errx(1, "must be privileged to use -u");
	if (argc - optind > !action)
		usage_error("extra operand '%s'", argv[optind + !action]);
	spool_check_user("cron");
	char *name = format_text("crontabs/%s", account->pw_name), *path = spool_path(name), *content;
	input_name = argv[optind] ? argv[optind] : "-";
	switch (action) {
	case 'e': return edit(path);
	case 'l':
		content = read_installed(path);
		if (!content)
			errx(1, "no crontab for %s", account->pw_name);
		fputs(content, stdout);
		return 0;
	case 'r':
		spool_enter();
		if (unlink(path) < 0)
			errx(1, "no crontab for %s", account->pw_name);
		spool_notify();
		spool_leave();
		return 0;
	default: return install(path, read_input(input_name));
	}
}
