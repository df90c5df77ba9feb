/* read, POSIX XCU 3, with -p -s -n -t -d of other shells. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "builtins.h"

struct request {
	bool raw, silent;
	const char *prompt;
	int fd, limit, timeout; /* limit: characters, 0 none; timeout: ms, -1 none */
	char delimiter;
};

/* Standard input is read no further than needed: a block that is given back, else byte by byte. */
struct source {
	int fd;
	bool seekable;
	char buffer[512];
	size_t position, length;
};

/* The next byte, or -1: end, error or (*status set) a signal or the timeout. */
static int read_byte(struct source *source, int timeout, int *status)
{
	if (source->position < source->length)
		return (unsigned char)source->buffer[source->position++];
	if (timeout >= 0) {
		struct pollfd poller = {.fd = source->fd, .events = POLLIN};
		if (poll(&poller, 1, timeout) <= 0) {
			*status = 142;
			return -1;
		}
	}
	ssize_t got;
	while ((got = read(source->fd, source->buffer, source->seekable ? sizeof source->buffer : 1)) <
		   0) {
		if (errno != EINTR)
			return -1;
		check_interrupt();
		if (pending_trap()) {
			*status = 128 + pending_trap();
			return -1;
		}
	}
	if (!got)
		return -1;
	source->position = 0;
	source->length = (size_t)got;
	return read_byte(source, -1, status);
}

/* One line; `marks` holds 'q' for bytes that a backslash quoted. 0: a whole line, 1: the end. */
static int read_line(const struct request *request, struct text *line, struct text *marks)
{
	struct source source = {.fd = request->fd, .seekable = lseek(request->fd, 0, SEEK_CUR) >= 0};
	int status = 1, count = 0;
	text_clear(line);
	text_clear(marks);
	for (;;) {
		int c = read_byte(&source, request->timeout, &status);
		if (c < 0)
			break;
		bool quoted = c == '\\' && !request->raw;
		if (quoted) {
			c = read_byte(&source, request->timeout, &status);
			if (c < 0)
				break;
			if (c == '\n') {
				if (shell.interactive && isatty(request->fd))
					fputs("> ", stderr);
				continue;
			}
		} else if (c == request->delimiter) {
			status = 0;
			break;
		}
		if (c) {
			text_char(line, (char)c);
			text_char(marks, quoted ? 'q' : ' ');
		}
		if (request->limit && (c & 0xc0) != 0x80 && ++count >= request->limit) {
			status = 0;
			break;
		}
	}
	if (source.seekable && source.position < source.length)
		lseek(request->fd, (off_t)source.position - (off_t)source.length, SEEK_CUR);
	return status;
}

static bool is_separator(const struct text *line, const struct text *marks, size_t i, bool white)
{
	const char *separators = get_variable("IFS");
	char c = line->data[i];
	if (marks->data[i] == 'q' || !strchr(separators ? separators : " \t\n", c))
		return false;
	return (c == ' ' || c == '\t' || c == '\n') == white;
}

static void skip_white(const struct text *line, const struct text *marks, size_t *i)
{
	while (*i < line->length && is_separator(line, marks, *i, true))
		(*i)++;
}

/* The end of the rest of the line, without separators that only end it (2.6.5). */
static size_t last_field_end(const struct text *line, const struct text *marks, size_t start)
{
	size_t end = line->length;
	while (end > start && is_separator(line, marks, end - 1, true))
		end--;
	if (end > start && is_separator(line, marks, end - 1, false)) {
		size_t field = start; /* one field and its terminator: the terminator goes */
		while (field < end - 1 && !is_separator(line, marks, field, false) &&
		       !is_separator(line, marks, field, true))
			field++;
		size_t after = field;
		skip_white(line, marks, &after);
		if (after == end - 1)
			end = field;
	}
	return end;
}

static void assign_fields(int count, char **names, struct text *line, struct text *marks)
{
	size_t i = 0;
	skip_white(line, marks, &i);
	for (int n = 0; n < count; n++) {
		size_t start = i, end;
		if (n + 1 == count) {
			end = last_field_end(line, marks, start);
		} else {
			while (i < line->length && !is_separator(line, marks, i, true) &&
			       !is_separator(line, marks, i, false))
				i++;
			end = i;
			skip_white(line, marks, &i);
			if (i < line->length && is_separator(line, marks, i, false)) {
				i++;
				skip_white(line, marks, &i);
			}
		}
		set_variable(names[n], arena_string(&scratch, line->data + start, end - start), 0);
	}
}

static int bad_number(const char *value)
{
	shell_warning("read: %s: bad number", value);
	return -1;
}

/* Options; returns the index of the first name, or -1 after a message. */
static int parse_options(int argc, char **argv, struct request *request)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		const char *letter = argv[i] + 1;
		if (!strcmp(argv[i], "--"))
			return i + 1;
		for (; *letter; letter++) {
			request->raw |= *letter == 'r';
			request->silent |= *letter == 's';
			if (*letter == 'r' || *letter == 's')
				continue;
			const char *value = letter[1] ? letter + 1 : ++i < argc ? argv[i] : NULL;
			if (!strchr("pntud", *letter) || !value) {
				shell_warning("read: %s -%c", value ? "illegal option" : "no argument for",
							  *letter);
				return -1;
			}
			if (*letter == 'p')
				request->prompt = value;
			else if (*letter == 'n' && is_number(value))
				request->limit = atoi(value);
			else if (*letter == 'n')
				return bad_number(value);
			else if (*letter == 't')
				request->timeout = (int)(strtod(value, NULL) * 1000);
			else if (*letter == 'u' && is_number(value))
				request->fd = atoi(value);
			else if (*letter == 'u')
				return bad_number(value);
			else
				request->delimiter = *value;
			break;
		}
	}
	return i;
}

int builtin_read(int argc, char **argv)
{
	struct request request = {.timeout = -1, .delimiter = '\n'};
	int first = parse_options(argc, argv, &request);
	if (first < 0)
		return 2;
	static char *reply[] = {"REPLY"};
	char **names = first < argc ? argv + first : reply;
	int count = first < argc ? argc - first : 1;
	for (int i = 0; i < count; i++)
		if (!is_name(names[i])) {
			shell_warning("read: %s: bad variable name", names[i]);
			return 2;
		}
	if (!request.timeout) { /* only whether there is something to read */
		struct pollfd poller = {.fd = request.fd, .events = POLLIN};
		return poll(&poller, 1, 0) > 0 ? 0 : 1;
	}
	struct termios modes, quiet;
	bool changes = (request.silent || request.limit) && tcgetattr(request.fd, &modes) == 0;
	if (request.prompt && isatty(request.fd))
		fputs(request.prompt, stderr);
	if (changes) {
		quiet = modes;
		quiet.c_lflag &= ~(tcflag_t)((request.silent ? ECHO : 0) | (request.limit ? ICANON : 0));
		tcsetattr(request.fd, TCSADRAIN, &quiet);
	}
	struct text line = {0}, marks = {0};
	int status = read_line(&request, &line, &marks);
	if (changes)
		tcsetattr(request.fd, TCSADRAIN, &modes);
	if (first < argc)
		assign_fields(count, names, &line, &marks);
	else
		set_variable(*names, arena_string(&scratch, line.data, line.length), 0);
	text_free(&line);
	text_free(&marks);
	return status;
}
