/*
 * write, wall: send lines to another user's terminal
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/write.html
 *
 * Aliases: wall
 *
 * Usage: write USER [TERMINAL]
 *        wall [MESSAGE]...
 * Copies standard input to the terminal, line by line, until its end. `wall` writes to all who are logged in. Only
 * root can write to a terminal that refuses it (see mesg).
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "sessions.h"
#include "tools.h"

static bool is_open(const struct session_record *record)
{
	return record->type == SESSION_USER && *record->user && (kill(record->pid, 0) == 0 || errno == EPERM);
}

static char *path_of(const struct session_record *record)
{
	return format_text("/dev/%.32s", record->line);
}

static bool may_write(const char *path)
{
	struct stat about;
	return stat(path, &about) == 0 && (getuid() == 0 || about.st_mode & S_IWGRP);
}

/* The user's terminal with the latest input that takes messages, or the one that is named. */
static char *choose_terminal(const char *user, const char *wanted)
{
	size_t count;
	struct session_record *records = session_records(UTMP_FILE, &count);
	char *best = NULL;
	time_t latest = 0;
	bool is_logged_in = false, is_refused = false;
	for (size_t i = 0; i < count; i++) {
		struct stat about;
		if (!is_open(&records[i]) || strncmp(records[i].user, user, sizeof records[i].user))
			continue;
		char *path = path_of(&records[i]);
		if ((wanted && strcmp(path + 5, wanted)) || stat(path, &about) < 0) {
			free(path);
			continue;
		}
		is_logged_in = true;
		if (!may_write(path)) {
			is_refused = true;
		} else if (!best || about.st_atime > latest) {
			best = path;
			latest = about.st_atime;
			continue;
		}
		free(path);
	}
	free(records);
	if (!is_logged_in && wanted)
		errx(1, "%s is not logged in on %s", user, wanted);
	if (!is_logged_in)
		errx(1, "%s is not logged in", user);
	if (!best && is_refused)
		errx(1, "%s has messages disabled", user);
	return best;
}

/* Control characters would act on the other terminal: they are shown as ^X, with the high bit as M-. */
static void put_safely(FILE *output, const char *line)
{
	for (size_t size, left = strlen(line); left; line += size, left -= size) {
		unsigned char byte = (unsigned char)*line;
		uint32_t code = utf8_decode(line, left, &size);
		if (code >= 0xa0 && code != 0xfffd) {
			fwrite(line, 1, size, output);
			continue;
		}
		size = 1;
		if (byte >= 0x80)
			fprintf(output, "M-%c", isprint(byte & 0x7f) ? byte & 0x7f : '?');
		else if (iscntrl(byte) && !strchr("\a\t", byte))
			fprintf(output, "^%c", byte ^ 0x40);
		else
			fputc(byte, output);
	}
}

static void open_terminal(const char *path, FILE **output)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	*output = fd < 0 ? NULL : fdopen(fd, "w");
}

static void put_header(FILE *output, bool to_all)
{
	char host[65] = "?", when[16];
	const char *own = ttyname(0);
	time_t now = time(NULL);
	gethostname(host, sizeof host - 1);
	strftime(when, sizeof when, "%H:%M", localtime(&now));
	fprintf(output, "\r\n\a\a%s from %s@%s on %s at %s ...\r\n", to_all ? "Broadcast message" : "Message", user_name(getuid()), host, own && !strncmp(own, "/dev/", 5) ? own + 5 : "?", when);
	fflush(output);
}

/* The frame of an interrupted `write` is closed as that of one that ended. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	interrupted = signal;
}

static int write_user(const char *user, const char *terminal)
{
	if (terminal && !strncmp(terminal, "/dev/", 5))
		terminal += 5;
	char *path = choose_terminal(user, terminal), *line = NULL;
	size_t capacity = 0;
	FILE *output;
	open_terminal(path, &output);
	if (!output)
		err(1, "%s", path);
	sigaction(SIGINT, &(struct sigaction){.sa_handler = interrupt}, NULL);
	put_header(output, false);
	while (!interrupted && read_line(stdin, &line, &capacity, NULL) >= 0) {
		put_safely(output, line);
		fputs("\r\n", output);
		if (fflush(output))
			err(1, "%s", path);
	}
	fputs("EOF\r\n", output);
	free(line);
	free(path);
	return fclose(output) ? 1 : 0;
}

static void read_message(struct text *message, char **words)
{
	char *line = NULL;
	size_t capacity = 0;
	for (char **word = words; *word; word++)
		text_format(message, "%s%s", word > words ? " " : "", *word);
	if (*words)
		text_char(message, '\n');
	while (!*words && read_line(stdin, &line, &capacity, NULL) >= 0)
		text_format(message, "%s\n", line);
	free(line);
}

static int write_all_users(char **words)
{
	struct text message = {0};
	size_t count;
	read_message(&message, words);
	struct session_record *records = session_records(UTMP_FILE, &count);
	for (size_t i = 0; i < count; i++) {
		char *path = path_of(&records[i]);
		FILE *output = NULL;
		if (is_open(&records[i]) && may_write(path))
			open_terminal(path, &output);
		if (output) {
			put_header(output, true);
			for (char *line = message.data; line && *line;) {
				char *end = strchr(line, '\n');
				*end = 0;
				put_safely(output, line);
				fputs("\r\n", output);
				*end = '\n';
				line = end + 1;
			}
			fclose(output);
		}
		free(path);
	}
	free(records);
	text_free(&message);
	return 0;
}

int main(int argc, char **argv)
{
	bool to_all = !strcmp(program_name(), "wall");
	while (next_option(argc, argv, "+") != -1)
		continue;
	if (to_all)
		return write_all_users(argv + optind);
	if (!argv[optind])
		usage_error("missing user name");
	if (argc - optind > 2)
		usage_error("extra operand '%s'", argv[optind + 2]);
	return write_user(argv[optind], argv[optind + 1]);
}
