/* e, r, w and !: files and commands of the shell. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "ed.h"
#include "files.h"
#include "tools.h"

static void print_size(size_t bytes)
{
	if (!ed_is_silent)
		printf("%zu\n", bytes);
}

static FILE *open_stream(const char *name, const char *mode)
{
	if (*name == '!') {
		fflush(stdout);
		return popen(name + 1, *mode == 'r' ? "r" : "w");
	}
	return fopen(name, mode);
}

static void close_stream(FILE *stream, const char *name)
{
	if (*name == '!')
		pclose(stream);
	else
		fclose(stream);
}

/* After the line `after`; a file that is not there is empty if it is new. */
size_t ed_read_into(const char *name, size_t after, bool is_new)
{
	FILE *input = open_stream(name, "r");
	if (!input) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		if (is_new && errno == ENOENT)
			return 0;
		ed_fail("Cannot open input file");
	}
	struct line **lines = NULL;
	size_t count = 0, room = 0, bytes = 0, capacity = 0;
	char *line = NULL;
	bool ended = true;
	for (long length; (length = read_line(input, &line, &capacity, &ended)) >= 0;) {
		if (count == room)
			lines = reallocate(lines, (room = room ? 2 * room : 256) * sizeof *lines);
		lines[count++] = ed_new_line(line, (size_t)length);
		bytes += (size_t)length + 1;
	}
	if (ferror(input)) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		close_stream(input, name);
		free(lines);
		free(line);
		ed_fail("Cannot read input file");
	}
	close_stream(input, name);
	if (!ended && !ed_is_silent)
		puts("Newline appended");
	ed_insert_lines(after, lines, count);
	free(lines);
	free(line);
	print_size(bytes);
	return count;
}

void ed_write_range(struct range range, const char *name, bool appends)
{
	FILE *out = open_stream(name, appends ? "a" : "w");
	if (!out) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		ed_fail("Cannot open output file");
	}
	size_t bytes = 0;
	for (size_t i = range.first; i && i <= range.last; i++) {
		const char *text = ed_buffer.lines[i - 1]->text;
		fprintf(out, "%s\n", text);
		bytes += strlen(text) + 1;
	}
	bool failed = fflush(out) != 0;
	int error = errno;
	close_stream(out, name);
	if (failed) {
		fprintf(stderr, "%s: %s\n", name, strerror(error));
		ed_fail("Cannot write file");
	}
	print_size(bytes);
}

/* `%` is the file's name, a `!` at the start the last command. */
char *ed_expand_shell(const char *text)
{
	static char *last;
	struct text command = {0};
	bool changed = false;
	text_string(&command, "");
	if (*text == '!') {
		if (!last)
			ed_fail("No previous command");
		text_string(&command, last);
		text++;
		changed = true;
	}
	for (; *text; text++) {
		if (*text == '\\' && text[1] == '%') {
			text_char(&command, *++text);
		} else if (*text == '%') {
			if (!ed_file_name)
				ed_fail("No current filename");
			text_string(&command, ed_file_name);
			changed = true;
		} else {
			text_char(&command, *text);
		}
	}
	free(last);
	last = duplicate(command.data);
	if (changed)
		printf("%s\n", command.data);
	return text_take(&command);
}

void ed_run_shell(const char *text)
{
	char *command = ed_expand_shell(text);
	fflush(stdout);
	if (system(command) == -1)
		ed_fail("Can't execute shell: %s", strerror(errno));
	free(command);
	if (!ed_is_silent)
		puts("!");
}
