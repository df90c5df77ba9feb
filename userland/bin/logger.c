/*
 * logger: write a message to the system's log
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/logger.html
 *
 * Usage: logger [-is] [-f FILE] [-p PRIORITY] [-t TAG] [MESSAGE]...
 * Without MESSAGE each line of standard input is one. The message goes to /dev/log where a daemon listens, else
 * to the kernel's log (see dmesg), else to /var/log/messages.
 *   -e, --skip-empty      no message for empty lines
 *   -f, --file FILE       the lines of FILE
 *   -i                    with the number of this process; --id=NUMBER: with that number
 *   -p, --priority NAME   facility.level or a number (user.notice)
 *   -s, --stderr          also to standard error
 *   -t, --tag TAG         instead of the user's name
 *       --no-act          do all but write it
 */
#define SYSLOG_NAMES /* the tables of <syslog.h> */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "tools.h"

static int priority = LOG_USER | LOG_NOTICE;
static bool to_errors, skips_empty, does_nothing;
static const char *tag;
static long process;

static int code_of(const CODE *table, const char *name, size_t length)
{
	for (; table->c_name; table++)
		if (strlen(table->c_name) == length && !strncasecmp(table->c_name, name, length))
			return table->c_val;
	return -1;
}

static int parse_priority(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);
	if (end > text && !*end && number >= 0 && number < 192)
		return (int)number & LOG_FACMASK ? (int)number : LOG_USER | (int)number;
	const char *point = strchr(text, '.'), *level = point ? point + 1 : text;
	int facility = point ? code_of(facilitynames, text, (size_t)(point - text)) : LOG_USER;
	int severity = code_of(prioritynames, level, strlen(level));
	if (facility < 0)
		errx(1, "unknown facility name: %s", text);
	if (severity < 0)
		errx(1, "unknown priority name: %s", level);
	return (facility == LOG_KERN ? LOG_USER : facility) | severity;
}

/* <13>Nov 21 23:59:58 tag[12]: */
static void add_header(struct text *text, bool has_time)
{
	char when[32];
	time_t now = time(NULL);
	strftime(when, sizeof when, "%b %e %T ", localtime(&now));
	text_format(text, "<%d>%s%s", priority, has_time ? when : "", tag);
	if (process)
		text_format(text, "[%ld]", process);
	text_string(text, ": ");
}

static bool send_to_daemon(const struct text *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_sent = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && send(fd, text->data, text->length, MSG_NOSIGNAL) >= 0;
	if (fd >= 0)
		close(fd);
	return is_sent;
}

static bool append(const char *path, const char *bytes, size_t length, int flags)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | flags, 0640);
	bool is_written = fd >= 0 && write(fd, bytes, length) == (ssize_t)length;
	if (fd >= 0)
		close(fd);
	return is_written;
}

static int log_message(const char *message)
{
	struct text timed = {0}, bare = {0};
	if (!*message && skips_empty)
		return 0;
	add_header(&timed, true);
	add_header(&bare, false);
	text_string(&timed, message);
	text_string(&bare, message);
	if (to_errors)
		fprintf(stderr, "%s\n", timed.data);
	text_char(&bare, '\n');
	int status = 0;
	if (!does_nothing && !send_to_daemon(&timed) && !append("/dev/kmsg", bare.data, bare.length, 0)) {
		const char *line = strchr(timed.data, '>') + 1;
		char *ended = format_text("%s\n", line);
		if (!append("/var/log/messages", ended, strlen(ended), O_CREAT)) {
			warn("no log takes the message: /var/log/messages");
			status = 1;
		}
		free(ended);
	}
	text_free(&timed);
	text_free(&bare);
	return status;
}

static int log_lines(FILE *input, const char *operand)
{
	char *line = NULL;
	size_t capacity = 0;
	int status = 0;
	(void)operand;
	while (read_line(input, &line, &capacity, NULL) >= 0)
		status |= log_message(line);
	free(line);
	return status;
}

int main(int argc, char **argv)
{
	enum { ID = 256, NO_ACT };
	static const struct option longs[] = {
		{"id", optional_argument, NULL, ID}, {"no-act", no_argument, NULL, NO_ACT}, {"file", required_argument, NULL, 'f'},
		{"priority", required_argument, NULL, 'p'}, {"stderr", no_argument, NULL, 's'}, {"tag", required_argument, NULL, 't'},
		{"skip-empty", no_argument, NULL, 'e'}, {0}};
	char *files[] = {NULL, NULL};
	for (int option; (option = next_long_option(argc, argv, "+ef:ip:st:", longs)) != -1;) {
		switch (option) {
		case 'e': skips_empty = true; break;
		case 'f': files[0] = optarg; break;
		case 'i': process = getpid(); break;
		case ID: process = optarg ? atol(optarg) : getpid(); break;
		case 'p': priority = parse_priority(optarg); break;
		case 's': to_errors = true; break;
		case 't': tag = optarg; break;
		default: does_nothing = true;
		}
	}
	if (!tag)
		tag = duplicate(user_name(getuid()));
	if (!argv[optind])
		return each_input(files, log_lines);
	struct text message = {0};
	for (char **word = argv + optind; *word; word++)
		text_format(&message, "%s%s", word > argv + optind ? " " : "", *word);
	return log_message(message.data);
}
