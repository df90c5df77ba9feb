/* fc, POSIX XCU 3: lists, edits and runs again the lines that were typed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtins.h"

struct request {
	bool lists, reverses, unnumbered, substitutes;
	const char *editor;
};

enum { SHOWN = 16 };

/* The index of the line that a number or the beginning of a text names; -1 after a message. */
static int find_line(const char *word, int count)
{
	char *end;
	long number = strtol(word, &end, 10);
	if (*word && !*end) {
		long index = number < 0 ? count + number : number ? number - 1 : count - 1;
		return index < 0 ? 0 : index >= count ? count - 1 : (int)index;
	}
	for (int i = count - 1; i >= 0; i--)
		if (!strncmp(history_line(i), word, strlen(word)))
			return i;
	shell_warning("fc: %s: no such line", word);
	return -1;
}

static void list_lines(const struct request *request, int first, int last)
{
	int step = first <= last ? 1 : -1;
	for (int i = first; i != last + step; i += step) {
		if (!request->unnumbered)
			printf("%d", i + 1);
		printf("\t%s\n", history_line(i));
	}
}

static int run_line(const char *line)
{
	fprintf(stderr, "%s\n", line);
	history_replace_last(line);
	return run_string(line);
}

/* -s old=new: the line with the first `old` replaced. */
static int run_substituted(const char *substitution, const char *line)
{
	struct text text = {0};
	size_t length = substitution ? strcspn(substitution, "=") : 0;
	char *old = arena_string(&scratch, substitution ? substitution : "", length);
	const char *found = length ? strstr(line, old) : NULL;
	text_add(&text, line, found ? (size_t)(found - line) : strlen(line));
	if (found)
		text_format(&text, "%s%s", substitution + length + 1, found + length);
	char *copy = arena_string(&scratch, text.data, text.length);
	text_free(&text);
	return run_line(copy);
}

/* Runs the lines of a file, and removes it. */
static int run_edited(const char *name)
{
	FILE *file = fopen(name, "re");
	struct text text = {0};
	text_clear(&text);
	for (int c; file && (c = getc(file)) != EOF;)
		text_char(&text, (char)c);
	if (file)
		fclose(file);
	unlink(name);
	while (text.length && text.data[text.length - 1] == '\n')
		text.data[--text.length] = 0;
	char *copy = arena_string(&scratch, text.data, text.length);
	text_free(&text);
	return *copy ? run_line(copy) : 0;
}

static int edit_lines(const char *editor, int first, int last)
{
	char name[] = "/tmp/fc-XXXXXX";
	int fd = mkstemp(name), step = first <= last ? 1 : -1;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file) {
		shell_warning("fc: cannot make a file in /tmp");
		return 1;
	}
	for (int i = first; i != last + step; i += step)
		fprintf(file, "%s\n", history_line(i));
	fclose(file);
	char *command = format_text("%s %s", editor, name);
	int status = run_string(command);
	free(command);
	if (!status)
		return run_edited(name);
	unlink(name);
	return status;
}

/* Options; returns the index of the first operand, or -1 after a message. -1 and the like are none. */
static int parse_options(int argc, char **argv, struct request *request)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-' && argv[i][1] > '9'; i++) {
		for (const char *letter = argv[i] + 1; *letter; letter++) {
			request->lists |= *letter == 'l';
			request->reverses |= *letter == 'r';
			request->unnumbered |= *letter == 'n';
			request->substitutes |= *letter == 's';
			if (strchr("lrns", *letter))
				continue;
			if (*letter != 'e' || (!letter[1] && i + 1 >= argc)) {
				shell_warning("fc: illegal option -%c", *letter);
				return -1;
			}
			request->editor = letter[1] ? letter + 1 : argv[++i];
			break;
		}
	}
	return i < argc && !strcmp(argv[i], "--") ? i + 1 : i;
}

int builtin_fc(int argc, char **argv)
{
	struct request request = {.editor = get_variable("FCEDIT")};
	int next = parse_options(argc, argv, &request);
	int count = history_count() - 1; /* the last line is this one */
	const char *substitution = NULL;
	if (next < 0)
		return 2;
	if (count < 1) {
		shell_warning("fc: there is no history");
		return 1;
	}
	if (request.editor && !strcmp(request.editor, "-"))
		request.substitutes = true;
	if (request.substitutes && next < argc && strchr(argv[next], '='))
		substitution = argv[next++];
	int first = count - 1, last = first;
	if (next < argc)
		first = last = find_line(argv[next++], count);
	else if (request.lists)
		first = count > SHOWN ? count - SHOWN : 0;
	if (next < argc)
		last = find_line(argv[next], count);
	else if (request.lists)
		last = count - 1;
	if (first < 0 || last < 0)
		return 1;
	if (request.reverses) {
		int other = first;
		first = last;
		last = other;
	}
	if (request.substitutes)
		return run_substituted(substitution, history_line(first));
	if (!request.lists)
		return edit_lines(request.editor ? request.editor : "vi", first, last);
	list_lines(&request, first, last);
	return 0;
}
