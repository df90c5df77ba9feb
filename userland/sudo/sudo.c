/*
 * sudo: run a command as another user
 * https://man7.org/linux/man-pages/man8/sudo.8.html
 *
 * Set-user-ID: root
 *
 * Usage: sudo [-bEHinSs] [-u USER] [-g GROUP] [NAME=VALUE]... [COMMAND [ARG]...]
 *        sudo -l | -v | -k | -K
 *   -b         in the background
 *   -E         the environment stays, where the rules allow it
 *   -g GROUP   with this group, -u USER as this user instead of root
 *   -i         a login shell, -s a shell; with COMMAND run by it
 *   -k, -K     forget that the password was given
 *   -l         what you may do; -v: only ask for the password
 *   -n         ask nothing: fail instead
 *   -S         read the password from standard input
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "sudo.h"
#include "tools.h"

#define SECURE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
enum { TRIES = 3 };

static bool in_background, keeps_environment, is_login, is_shell, asks_nothing, from_stdin, is_list, is_validation, is_forgetting;
static const char *user_name = "root", *group_name;

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {{"user", required_argument, NULL, 'u'}, {"group", required_argument, NULL, 'g'}, {"login", no_argument, NULL, 'i'},
		{"shell", no_argument, NULL, 's'}, {"list", no_argument, NULL, 'l'}, {"validate", no_argument, NULL, 'v'}, {"non-interactive", no_argument, NULL, 'n'},
		{"stdin", no_argument, NULL, 'S'}, {"preserve-env", no_argument, NULL, 'E'}, {"background", no_argument, NULL, 'b'}, {"reset-timestamp", no_argument, NULL, 'k'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "+bEg:HiKklnSsu:v", longs)) != -1;) {
		switch (option) {
		case 'b': in_background = true; break;
		case 'E': keeps_environment = true; break;
		case 'g': group_name = optarg; break;
		case 'i': is_login = true; break;
		case 'K':
		case 'k': is_forgetting = true; break;
		case 'l': is_list = true; break;
		case 'n': asks_nothing = true; break;
		case 'S': from_stdin = true; break;
		case 's': is_shell = true; break;
		case 'u': user_name = optarg; break;
		case 'v': is_validation = true; break;
		default: break;
		}
	}
}

/* Asks for the caller's own password, three times. */
static void authenticate(const struct passwd *caller)
{
	if (sudo_is_fresh(caller))
		return;
	if (asks_nothing)
		errx(1, "a password is required");
	char *prompt = format_text("[sudo] password for %s: ", caller->pw_name);
	for (int i = 0; i < TRIES; i++) {
		if (check_password(caller, prompt, from_stdin)) {
			free(prompt);
			sudo_remember(caller);
			return;
		}
		if (i < TRIES - 1)
			fprintf(stderr, "Sorry, try again.\n");
	}
	errx(1, "%d incorrect password attempts", TRIES);
}

/* Full path of the command, found in the path that root trusts. */
static char *find_command(const char *name)
{
	if (strchr(name, '/'))
		return *name == '/' ? duplicate(name) : realpath(name, NULL);
	char *path = duplicate(SECURE_PATH), *rest = path;
	for (char *folder; (folder = strsep(&rest, ":"));) {
		char *full = path_join(folder, name);
		struct stat about;
		if (stat(full, &about) == 0 && S_ISREG(about.st_mode) && about.st_mode & 0111) {
			free(path);
			return full;
		}
		free(full);
	}
	free(path);
	return NULL;
}

/* Only what says nothing about where programs and libraries come from. */
static void clean_environment(const struct passwd *caller, const struct passwd *target, bool keeps)
{
	static const char *const kept[] = {"TERM", "LANG", "LC_ALL", "LC_CTYPE", "COLORTERM", "DISPLAY", "TZ", "NO_COLOR", "LINES", "COLUMNS"};
	char *values[sizeof kept / sizeof *kept];
	if (!keeps) {
		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
			values[i] = getenv(kept[i]) ? duplicate(getenv(kept[i])) : NULL;
		clearenv();
		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
			if (values[i])
				setenv(kept[i], values[i], 1);
			free(values[i]);
		}
	}
	setenv("PATH", SECURE_PATH, 1);
	set_user_environment(target, shell_of(target), false);
	char number[16];
	setenv("SUDO_USER", caller->pw_name, 1);
	snprintf(number, sizeof number, "%u", caller->pw_uid);
	setenv("SUDO_UID", number, 1);
	snprintf(number, sizeof number, "%u", caller->pw_gid);
	setenv("SUDO_GID", number, 1);
}

static bool is_assignment(const char *word)
{
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	return length && word[length] == '=';
}

/* NAME=VALUE words in front of the command. */
static char **take_assignments(char **words, bool are_set, bool may_set)
{
	for (; *words && is_assignment(*words); words++) {
		if (!are_set)
			continue;
		if (!may_set)
			errx(1, "sorry, you are not allowed to set the following environment variables: %.*s", (int)strcspn(*words, "="), *words);
		putenv(*words);
	}
	return words;
}

static noreturn void run(const struct passwd *target, const char *command, char **words)
{
	gid_t gid = target->pw_gid;
	if (group_name && !group_id(group_name, &gid))
		errx(1, "unknown group %s", group_name);
	char *shown = duplicate(*words);
	become(target, gid);
	if (is_login && chdir(target->pw_dir) < 0)
		warn("unable to change directory to %s", target->pw_dir);
	if (in_background && fork())
		exit(0);
	if (is_login)
		words[0] = format_text("-%s", path_name(command));
	execv(command, words);
	int error = errno;
	warn("unable to execute %s", shown);
	exit(error == ENOENT ? 127 : 126);
}

/* The words of -i and -s: the target's (or the caller's) shell, with the command behind -c. */
static char **shell_words(const struct passwd *owner, char **words)
{
	struct text line = {0};
	for (char **word = words; *word; word++) {
		text_string(&line, line.length ? " " : "");
		for (const char *at = *word; *at; at++) {
			if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$", *at))
				text_char(&line, '\\');
			text_char(&line, *at);
		}
	}
	char **result = allocate(4 * sizeof *result);
	result[0] = duplicate(shell_of(owner));
	result[1] = *words ? "-c" : NULL;
	result[2] = line.data;
	result[3] = NULL;
	return result;
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	if (geteuid())
		errx(1, "must be owned by uid 0 and have the setuid bit set");
	const struct passwd *caller = account_with(getuid());
	if (!caller)
		errx(1, "you do not exist in the passwd database");
	bool has_command = argv[optind] || is_login || is_shell;
	if (is_forgetting)
		sudo_forget(caller);
	if (is_forgetting && !has_command)
		return 0;
	if (!has_command && !is_list && !is_validation)
		usage_error("no command was given");
	const struct passwd *target = *user_name == '#' ? account_with((uid_t)strtoul(user_name + 1, NULL, 10)) : account_named(user_name);
	if (!target)
		errx(1, "unknown user %s", user_name);
	sudo_read_policy();
	if (is_list) {
		if (!sudo_list(caller))
			printf("User %s may not run sudo on this host.\n", caller->pw_name);
		return 0;
	}
	if (is_validation) {
		if (caller->pw_uid)
			authenticate(caller);
		return 0;
	}
	char **words = take_assignments(argv + optind, false, false);
	if (is_login || is_shell)
		words = shell_words(is_login ? target : caller, words);
	char *command = *words ? find_command(*words) : NULL;
	if (!*words || !command)
		errx(1, "%s: command not found", *words ? *words : "");
	struct sudo_request request = {caller, target, group_name, command, words + 1};
	/* Root may do what root may do. */
	struct sudo_verdict verdict = caller->pw_uid ? sudo_judge(&request) : (struct sudo_verdict){true, false, true};
	if (!verdict.is_allowed || verdict.needs_password)
		authenticate(caller);
	if (!verdict.is_allowed)
		errx(1, "Sorry, user %s is not allowed to execute '%s' as %s.", caller->pw_name, command, target->pw_name);
	if (keeps_environment && !verdict.may_set_environment)
		errx(1, "sorry, you are not allowed to preserve the environment");
	clean_environment(caller, target, keeps_environment);
	take_assignments(argv + optind, true, verdict.may_set_environment);
	run(target, command, words);
}
