/* The ex line of vi, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ex.html. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ex.h"

static bool read_only;
static char **files;
static int file_count, file_index;

void set_read_only(void)
{
	read_only = true;
}

void set_files(char **names, int count)
{
	files = names;
	file_count = count;
}

char *take_pattern(const char **text, char delimiter)
{
	struct text pattern = {0};
	text_clear(&pattern);
	for (; **text && **text != delimiter; ++*text) {
		if (**text == '\\' && (*text)[1]) {
			if ((*text)[1] != delimiter)
				text_char(&pattern, '\\');
			++*text;
		}
		text_char(&pattern, **text);
	}
	if (**text)
		++*text;
	return text_take(&pattern);
}

/* One address at *text, without offsets. False if there is none; *bad if it cannot be. */
static bool read_base(const char **text, int *line, bool *bad)
{
	char c = **text;
	struct position to;
	if (isdigit((unsigned char)c)) {
		*line = (int)strtol(*text, (char **)text, 10) - 1;
	} else if (c == '.') {
		*line = editor.cursor.line;
		++*text;
	} else if (c == '$') {
		*line = buffer.count - 1;
		++*text;
	} else if (c == '\'') {
		int key = (*text)[1];
		struct motion motion;
		push_keys(&key, 1);
		*bad = !key || !find_motion('\'', 1, false, false, &motion);
		*line = motion.to.line;
		*text += key ? 2 : 1;
	} else if (c == '/' || c == '?') {
		++*text;
		char *pattern = take_pattern(text, c);
		*bad = !search(pattern, c == '?', 1, &to);
		*line = to.line;
		free(pattern);
	} else {
		*line = editor.cursor.line;
		return c == '+' || c == '-';
	}
	return true;
}

static bool read_address(const char **text, int *line, bool *bad)
{
	*text += strspn(*text, " \t");
	if (!read_base(text, line, bad))
		return false;
	while (**text == '+' || **text == '-') {
		int sign = *(*text)++ == '+' ? 1 : -1;
		*line +=
			sign * (isdigit((unsigned char)**text) ? (int)strtol(*text, (char **)text, 10) : 1);
	}
	return true;
}

/* The lines in front of a command. False after a message. */
static bool read_range(const char **text, struct range *range)
{
	bool bad = false;
	*range = (struct range){editor.cursor.line, editor.cursor.line, false};
	if (**text == '%') {
		++*text;
		*range = (struct range){0, buffer.count - 1, true};
		return true;
	}
	if (read_address(text, &range->first, &bad)) {
		range->last = range->first;
		range->given = true;
	}
	if (**text == ',' || **text == ';') {
		++*text;
		range->given = true;
		read_address(text, &range->last, &bad);
	}
	if (bad)
		return false;
	if (range->last < range->first || range->first < -1 || range->last >= buffer.count) {
		complain(range->last < range->first ? "The first address is behind the second"
											: "No such line");
		return false;
	}
	return true;
}

bool write_file(const char *name, struct range range, bool append, bool forced)
{
	int lines;
	long bytes;
	bool own = buffer.name && !strcmp(name, buffer.name);
	bool exists = access(name, F_OK) == 0;
	if (own && read_only && !forced) {
		complain("The file is read only: use w! to write it");
		return false;
	}
	if (!own && exists && !forced && !append) {
		complain("%.150s exists: use w! to overwrite it", name);
		return false;
	}
	if (!range.given)
		range = (struct range){0, buffer.count - 1, true};
	if (!buffer_save(name, range.first, range.last, append, &lines, &bytes)) {
		complain("%.150s: %s", name, strerror(errno));
		return false;
	}
	tell("\"%.150s\" %s%d lines, %ld bytes", name, exists ? "" : "[New] ", lines, bytes);
	return true;
}

static void edit_file(const char *name, bool forced)
{
	int lines;
	long bytes;
	if (buffer.modified && !forced) {
		complain("No write since the last change: use e! to drop it");
		return;
	}
	char *copy = *name ? duplicate(name) : buffer.name ? duplicate(buffer.name) : NULL;
	if (!copy) {
		complain("No file name");
		return;
	}
	buffer_clear();
	bool loaded = buffer_load(copy, 0, &lines, &bytes);
	int error = errno;
	free(buffer.name);
	buffer.name = copy;
	bool is_empty = buffer.count == 0;
	if (is_empty)
		buffer_insert(0, "", 0);
	buffer.has_no_lines = is_empty;
	buffer.modified = false;
	forget_changes();
	editor.cursor = (struct position){0, first_nonblank(0)};
	editor.top = 0;
	if (loaded)
		tell("\"%.150s\"%s %d lines, %ld bytes", copy,
			 buffer.lacks_newline ? " [No newline at the end]" : "", lines, bytes);
	else if (error == ENOENT)
		tell("\"%.150s\" [New file]", copy);
	else
		complain("%.150s: %s", copy, strerror(error));
}

static void command_write(struct range range, const char *arguments, bool forced)
{
	bool append = !strncmp(arguments, ">>", 2);
	const char *name = arguments + (append ? 2 : 0);
	name += strspn(name, " ");
	if (!*name && !buffer.name) {
		complain("No file name");
		return;
	}
	if (*name && !buffer.name)
		buffer.name = duplicate(name);
	write_file(*name ? name : buffer.name, range, append, forced);
}

static void command_quit(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments;
	if (buffer.modified && !forced)
		complain("No write since the last change: use q! to drop it");
	else if (file_index + 1 < file_count && !forced)
		complain("%d more file(s) to edit: use n, or q!", file_count - file_index - 1),
			file_index = file_count;
	else
		editor.done = true;
}

static void command_write_quit(struct range range, const char *arguments, bool forced)
{
	command_write(range, arguments, forced);
	if (!editor.is_error)
		editor.done = true;
}

static void command_exit(struct range range, const char *arguments, bool forced)
{
	if (buffer.modified)
		command_write_quit(range, arguments, forced);
	else
		editor.done = true;
}

static void command_edit(struct range range, const char *arguments, bool forced)
{
	(void)range;
	edit_file(arguments, forced);
}

static void command_next(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments;
	if (file_index + 1 >= file_count)
		complain("No more files to edit");
	else if (buffer.modified && !forced)
		complain("No write since the last change: use n! to drop it");
	else
		edit_file(files[++file_index], forced);
}

static void command_read(struct range range, const char *arguments, bool forced)
{
	int lines = 0, at = range.last + 1;
	long bytes;
	(void)forced;
	begin_change(at, 0);
	if (*arguments == '!') {
		FILE *pipe = popen(arguments + 1, "re");
		char *line = NULL;
		size_t size = 0;
		for (ssize_t length; pipe && (length = getline(&line, &size, pipe)) > 0; lines++)
			buffer_insert(at + lines, line, (int)length - (line[length - 1] == '\n'));
		free(line);
		if (pipe)
			pclose(pipe);
		redraw_screen();
	} else {
		bool lacks = buffer.lacks_newline;
		const char *name = *arguments ? arguments : buffer.name ? buffer.name : "";
		if (!buffer_load(name, at, &lines, &bytes))
			complain("%.150s: %s", name, strerror(errno));
		buffer.lacks_newline = lacks;
	}
	end_change(lines);
	if (lines)
		editor.cursor = (struct position){at, first_nonblank(at)};
}

static void command_delete(struct range range, const char *arguments, bool forced)
{
	struct position from = {range.first, 0}, to = {range.last, 0};
	(void)forced;
	yank(*arguments, from, to, true);
	delete_lines(range.first, range.last);
}

static void command_yank(struct range range, const char *arguments, bool forced)
{
	struct position from = {range.first, 0}, to = {range.last, 0};
	(void)forced;
	yank(*arguments, from, to, true);
}

static void command_put(struct range range, const char *arguments, bool forced)
{
	editor.cursor.line = range.last < 0 ? 0 : range.last;
	put(*arguments, 1, forced || range.last < 0);
}

static void command_join(struct range range, const char *arguments, bool forced)
{
	(void)arguments, (void)forced;
	editor.cursor = (struct position){range.first, 0};
	join_lines(range.last - range.first + 1);
}

static void command_substitute(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	substitute(range, arguments);
}

static void command_global(struct range range, const char *arguments, bool forced)
{
	if (!range.given)
		range = (struct range){0, buffer.count - 1, true};
	global_command(range, arguments, forced);
}

static void command_inverse_global(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	command_global(range, arguments, true);
}

static void command_shift(struct range range, const char *arguments, bool forced)
{
	(void)arguments;
	shift_lines(range.first, range.last, forced ? -1 : 1);
}

static void command_shell(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)forced;
	end_screen();
	int status = system(arguments);
	fprintf(stderr, "\n[status %d: press a key]", status >> 8);
	start_raw_mode(0);
	read_key(0, NULL);
	end_raw_mode();
	start_screen();
}

/* In the order in which abbreviations are looked for. */
static const struct ex_command commands[] = {
	{"write", command_write},     {"wq", command_write_quit},  {"quit", command_quit},
	{"xit", command_exit},        {"edit", command_edit},      {"next", command_next},
	{"read", command_read},       {"delete", command_delete},  {"yank", command_yank},
	{"put", command_put},         {"join", command_join},      {"substitute", command_substitute},
	{"global", command_global},   {"vglobal", command_inverse_global}, {"set", command_set},
	{"move", command_move},       {"copy", command_copy},      {"t", command_copy},
	{"mark", command_mark},       {"k", command_mark},         {"normal", command_normal},
	{"file", command_file},       {"undo", command_undo},      {"nohlsearch", command_nothing},
	{"wall", command_write},      {"qall", command_quit},      {"exit", command_exit},
};

static const struct ex_command *find_command(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strncmp(commands[i].name, name, length) && length <= strlen(commands[i].name))
			return &commands[i];
	return NULL;
}

void run_ex(const char *line)
{
	struct range range;
	line += strspn(line, " \t:");
	if (*line == '"' || !*line || !read_range(&line, &range))
		return;
	line += strspn(line, " \t");
	if (!*line) {
		remember_place();
		int target = range.last < 0 ? 0 : range.last;
		editor.cursor = (struct position){target, first_nonblank(target)};
		return;
	}
	if (*line == '!') {
		command_shell(range, line + 1, false);
		return;
	}
	if (*line == '>' || *line == '<') {
		command_shift(range, "", *line == '<');
		return;
	}
	size_t length = 0;
	while (isalpha((unsigned char)line[length]))
		length++;
	if (*line == 's' && (length == 1 || !find_command(line, length)))
		length = 1; /* sg, s/a/b/ */
	if (*line == 'k' && length == 2)
		length = 1;
	const struct ex_command *command = length ? find_command(line, length) : NULL;
	if (!command) {
		complain("Not an editor command: %.150s", line);
		return;
	}
	const char *arguments = line + length;
	bool forced = *arguments == '!' && command->run != command_substitute;
	arguments += forced;
	arguments += strspn(arguments, " \t");
	command->run(range, arguments, forced);
}
