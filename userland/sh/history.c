/* The lines that were typed, kept in ~/.sh_history (HISTFILE, HISTSIZE), and the search in them. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "editor.h"

enum { DEFAULT_SIZE = 1000 };

static char **lines;
static int count, capacity;

static char *file_name(void)
{
	const char *file = get_variable("HISTFILE"), *home = get_variable("HOME");
	if (file)
		return *file ? duplicate(file) : NULL;
	return home ? format_text("%s/.sh_history", home) : NULL;
}

static int size_limit(void)
{
	const char *value = get_variable("HISTSIZE");
	int limit = value ? atoi(value) : DEFAULT_SIZE;
	return limit > 0 ? limit : DEFAULT_SIZE;
}

static void append(char *line)
{
	if (count == size_limit()) {
		free(lines[0]);
		memmove(lines, lines + 1, (size_t)--count * sizeof *lines);
	}
	if (count == capacity) {
		capacity = capacity * 2 + 64;
		lines = reallocate(lines, (size_t)capacity * sizeof *lines);
	}
	lines[count++] = line;
}

void history_load(void)
{
	char *name = file_name(), *line = NULL;
	size_t size = 0;
	FILE *file = name ? fopen(name, "re") : NULL;
	free(name);
	if (!file)
		return;
	for (ssize_t length; (length = getline(&line, &size, file)) > 0;)
		append(duplicate_range(line, (size_t)length - (line[length - 1] == '\n')));
	free(line);
	fclose(file);
}

void history_add(const char *line)
{
	if (!*line || *line == ' ' || (count && !strcmp(lines[count - 1], line)))
		return;
	append(duplicate(line));
	char *name = file_name();
	int fd = name ? open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	free(name);
	if (fd < 0)
		return;
	char *entry = format_text("%s\n", line);
	if (write(fd, entry, strlen(entry)) < 0)
		shell_warning("the history cannot be written");
	free(entry);
	close(fd);
}

void history_replace_last(const char *line)
{
	if (!count)
		return;
	free(lines[count - 1]);
	lines[count - 1] = duplicate(line);
}

int history_count(void)
{
	return count;
}

const char *history_line(int index)
{
	return lines[index];
}

int builtin_history(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "-c")) {
		while (count)
			free(lines[--count]);
		return 0;
	}
	if (argc > 1 && (!argv[1][0] || argv[1][strspn(argv[1], "0123456789")])) {
		shell_warning("history: %s: numeric argument required", argv[1]);
		return 1;
	}
	int shown = argc > 1 ? atoi(argv[1]) : count;
	for (int i = shown < count ? count - shown : 0; i < count; i++)
		printf("%5d  %s\n", i + 1, lines[i]);
	return 0;
}

/* The latest line before `index` that holds the text; -1 if there is none. */
static int find(const char *text, int index)
{
	while (--index >= 0)
		if (strstr(lines[index], text))
			return index;
	return -1;
}

int search_history(struct editor *editor)
{
	struct text wanted = {0}, prompt = {0};
	const char *outer_prompt = editor->prompt;
	char *outer_line = duplicate(editor->line.data);
	int found = count, key;
	text_clear(&wanted);
	for (;;) {
		text_clear(&prompt);
		text_format(&prompt, "(%sreverse-i-search)`%s': ", found < 0 ? "failed " : "", wanted.data);
		editor->prompt = prompt.data;
		refresh(editor);
		key = next_key(editor);
		int from = count;
		if (key == CONTROL('r') && wanted.length) {
			from = found >= 0 ? found : count;
		} else if (key == 127 || key == CONTROL('h')) {
			while (wanted.length && (wanted.data[--wanted.length] & 0xc0) == 0x80)
				continue;
			wanted.data[wanted.length] = 0;
		} else if (key >= 32 && key < 127) {
			text_char(&wanted, (char)key);
		} else if (key != KEY_NONE && key != CONTROL('r')) {
			break;
		}
		int match = wanted.length ? find(wanted.data, from) : -1;
		if (match >= 0) {
			found = editor->history_index = match;
			replace_line(editor, lines[match]);
			editor->cursor = (size_t)(strstr(lines[match], wanted.data) - lines[match]);
		} else if (wanted.length) {
			found = key == CONTROL('r') ? found : -1;
			beep();
		}
	}
	if (key == CONTROL('g') || key == CONTROL('c')) {
		replace_line(editor, outer_line);
		editor->history_index = count;
		key = KEY_NONE;
	}
	editor->prompt = outer_prompt;
	free(outer_line);
	text_free(&wanted);
	text_free(&prompt);
	return key;
}
