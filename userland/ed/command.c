/* One command: addresses, letter, parameters, and a suffix that prints. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ed.h"
#include "tools.h"

static size_t window_lines = 22;
static bool is_warned; /* about changes that would be lost: the same command again does it */

static void print_visible(const char *text)
{
	enum { WIDTH = 72 };
	int column = 0;
	for (; *text; text++) {
		static const char NAMES[] = "\a\b\f\n\r\t\v\\$", LETTERS[] = "abfnrtv\\$";
		const char *name = strchr(NAMES, *text);
		int width = name ? 2 : isprint((unsigned char)*text) ? 1 : 4;
		if (column + width > WIDTH) {
			fputs("\\\n", stdout);
			column = 0;
		}
		if (name)
			printf("\\%c", LETTERS[name - NAMES]);
		else
			printf(width == 1 ? "%c" : "\\%03o", (unsigned char)*text);
		column += width;
	}
	puts("$");
}

void ed_print_lines(struct range range, char form)
{
	if (!range.first)
		ed_fail("Invalid address");
	for (size_t i = range.first; i <= range.last; i++) {
		const char *text = ed_buffer.lines[i - 1]->text;
		if (form == 'n')
			printf("%zu\t%s\n", i, text);
		else if (form == 'l')
			print_visible(text);
		else
			puts(text);
	}
	ed_buffer.current = range.last;
}

static void default_range(struct range *range, size_t first, size_t last)
{
	if (range->given)
		return;
	range->first = first;
	range->last = last;
}

static void need_line(const struct range *range)
{
	if (!range->first || range->last > ed_buffer.count)
		ed_fail("Invalid address");
}

/* Lines up to one that is a dot alone; in a command list, its rest. */
static void append_text(size_t after)
{
	struct line **lines = NULL;
	size_t count = 0, room = 0;
	for (char *text; (text = ed_read_command_line()) && strcmp(text, ".");) {
		if (count == room)
			lines = reallocate(lines, (room = room ? 2 * room : 16) * sizeof *lines);
		lines[count++] = ed_new_line(text, strlen(text));
	}
	if (count)
		ed_insert_lines(after, lines, count);
	else
		ed_buffer.current = after;
	free(lines);
}

static size_t read_target(const char **at)
{
	size_t line;
	bool found;
	return ed_read_address(at, &line, &found) ? line : ed_buffer.current;
}

static void move_lines(struct range range, size_t target)
{
	if (target >= range.first && target < range.last)
		ed_fail("Invalid destination");
	size_t count = range.last - range.first + 1;
	struct line **lines = allocate(count * sizeof *lines);
	bool *selected = allocate(count * sizeof *selected);
	memcpy(lines, ed_buffer.lines + range.first - 1, count * sizeof *lines);
	for (size_t i = 0; i < count; i++)
		selected[i] = lines[i]->selected;
	ed_delete_lines(range.first, range.last);
	ed_insert_lines(target >= range.last ? target - count : target, lines, count);
	for (size_t i = 0; i < count; i++)
		lines[i]->selected = selected[i];
	free(selected);
	free(lines);
}

static void copy_lines(struct range range, size_t target)
{
	size_t count = range.last - range.first + 1;
	struct line **lines = allocate(count * sizeof *lines);
	for (size_t i = 0; i < count; i++) {
		const char *text = ed_buffer.lines[range.first - 1 + i]->text;
		lines[i] = ed_new_line(text, strlen(text));
	}
	ed_insert_lines(target, lines, count);
	free(lines);
}

static void join_lines(struct range range)
{
	struct text text = {0};
	if (range.first == range.last)
		return;
	for (size_t i = range.first; i <= range.last; i++)
		text_string(&text, ed_buffer.lines[i - 1]->text);
	struct line *joined = ed_new_line(text.data ? text.data : "", text.length);
	text_free(&text);
	ed_keep_lines(range.first, range.last);
	ed_delete_lines(range.first, range.last);
	ed_insert_lines(range.first - 1, &joined, 1);
}

/* What follows the letter must be a blank and a name, or nothing: then the remembered name. */
static const char *read_name(const char **at)
{
	if (**at && !isblank((unsigned char)**at))
		ed_fail("Unexpected command suffix");
	const char *name = *at + strspn(*at, " \t");
	*at += strlen(*at);
	if (*name == '!') {
		char *command = ed_expand_shell(name + 1);
		return format_text("!%s", command);
	}
	if (*name)
		return duplicate(name);
	if (!ed_file_name)
		ed_fail("No current filename");
	return duplicate(ed_file_name);
}

static void remember_name(const char *name)
{
	if (*name == '!')
		return;
	free(ed_file_name);
	ed_file_name = duplicate(name);
}

static void warn_once(bool wants)
{
	if (!ed_buffer.modified || is_warned || !wants)
		return;
	is_warned = true;
	ed_fail("Warning: buffer modified");
}

static void edit_file(const char **at)
{
	const char *name = read_name(at);
	if (ed_buffer.count)
		ed_delete_lines(1, ed_buffer.count);
	ed_read_into(name, 0, true);
	remember_name(name);
	ed_buffer.current = ed_buffer.count;
	ed_buffer.modified = false;
}

static bool write_file(struct range range, const char **at, bool appends)
{
	default_range(&range, ed_buffer.count > 0, ed_buffer.count);
	bool quits = **at == 'q';
	*at += quits;
	const char *name = read_name(at);
	if (!ed_file_name)
		remember_name(name);
	ed_write_range(range, name, appends);
	if (*name != '!' && range.first <= 1 && range.last == ed_buffer.count)
		ed_buffer.modified = false;
	return !quits;
}

static void scroll(struct range range, const char **at)
{
	if (isdigit((unsigned char)**at)) {
		char *end;
		window_lines = strtoul(*at, &end, 10);
		*at = end;
	}
	size_t first = range.given ? range.last : ed_buffer.current + (ed_buffer.count > 0);
	if (!first || first > ed_buffer.count || !window_lines)
		ed_fail("Invalid address");
	size_t last = first + window_lines - 1;
	ed_print_lines((struct range){first, last < ed_buffer.count ? last : ed_buffer.count, 2}, 'p');
}

static void set_mark(struct range range, const char **at)
{
	need_line(&range);
	char name = **at;
	if (!islower((unsigned char)name))
		ed_fail("Invalid mark character");
	++*at;
	ed_marks[name - 'a'] = ed_buffer.lines[range.last - 1];
}

/* The commands that change lines. */
static bool run_edit(char letter, struct range range, const char **at)
{
	switch (letter) {
	case 'j':
		default_range(&range, ed_buffer.current, ed_buffer.current + 1);
		need_line(&range);
		join_lines(range);
		break;
	case 'm':
	case 't': {
		need_line(&range);
		size_t target = read_target(at);
		(letter == 'm' ? move_lines : copy_lines)(range, target);
		break;
	}
	case 'y':
		need_line(&range);
		ed_keep_lines(range.first, range.last);
		break;
	case 'x': ed_put_lines(range.last); break;
	case 'd':
		need_line(&range);
		ed_keep_lines(range.first, range.last);
		ed_delete_lines(range.first, range.last);
		break;
	case 's': ed_substitute(range, at); break;
	default: return false;
	}
	return true;
}

/* a, i and c read text; their suffix prints before it. */
static bool run_insert(char letter, struct range range, const char **at)
{
	if (!strchr("aic", letter))
		return false;
	/* In a list, text may follow at once, where ed_read_command_line goes on. */
	while (**at && strchr("pln", **at))
		++*at;
	if (**at)
		ed_fail("Invalid command suffix");
	/* Reading text overwrites the line that `at` is in. */
	*at = "";
	if (letter == 'c') {
		size_t first = range.first ? range.first : 1;
		if (range.last) {
			ed_keep_lines(first, range.last);
			ed_delete_lines(first, range.last);
		}
		append_text(first - 1);
		if (ed_buffer.current < first && ed_buffer.count >= first)
			ed_buffer.current = first;
		return true;
	}
	append_text(letter == 'i' && range.last ? range.last - 1 : range.last);
	return true;
}

static bool run_file(char letter, struct range range, const char **at, bool *goes_on)
{
	switch (letter) {
	case 'e':
	case 'E':
		warn_once(letter == 'e');
		edit_file(at);
		return true;
	case 'f': {
		const char *blank = *at + strspn(*at, " \t");
		if (*blank || !ed_file_name)
			remember_name(read_name(at));
		*at += strlen(*at);
		puts(ed_file_name);
		return true;
	}
	case 'r':
		default_range(&range, ed_buffer.count, ed_buffer.count);
		{
			const char *name = read_name(at);
			size_t count = ed_read_into(name, range.last, false);
			ed_buffer.current = range.last + count;
			if (!ed_file_name)
				remember_name(name);
		}
		return true;
	case 'w':
	case 'W': *goes_on = write_file(range, at, letter == 'W'); return true;
	case 'q':
	case 'Q':
		warn_once(letter == 'q');
		*goes_on = false;
		return true;
	default: return false;
	}
}

static void run_letter(char letter, struct range range, const char **at, bool *goes_on)
{
	if (strchr("dhHjlnpPuxy=", letter) && (*at)[strspn(*at, "pln")])
		ed_fail("Invalid command suffix");
	if (run_edit(letter, range, at) || run_insert(letter, range, at) || run_file(letter, range, at, goes_on))
		return;
	switch (letter) {
	case 'p': case 'l': case 'n': need_line(&range), ed_print_lines(range, letter); break;
	case '=':
		default_range(&range, ed_buffer.count, ed_buffer.count);
		printf("%zu\n", range.last);
		break;
	case 'k': set_mark(range, at); break;
	case 'g': case 'v': case 'G': case 'V': ed_run_global(range, at, letter); break;
	case 'u': ed_undo(); break;
	case 'z': scroll(range, at); break;
	case 'h':
		if (ed_last_message)
			puts(ed_last_message);
		break;
	case 'H':
		ed_explains = !ed_explains;
		if (ed_explains && ed_last_message)
			puts(ed_last_message);
		break;
	case 'P': ed_prompt = ed_prompt ? NULL : "*"; break;
	case '!':
		ed_run_shell(*at);
		*at += strlen(*at);
		break;
	default: ed_fail("Unknown command");
	}
}

static bool takes_no_address(char letter)
{
	return strchr("eEfhHPqQu!", letter) != NULL;
}

bool ed_run_command(char *text)
{
	const char *at = text;
	bool goes_on = true;
	if (!ed_in_global())
		ed_begin_command();
	struct range range = ed_read_range(&at);
	char letter = *at;
	if (!letter) {
		size_t line = range.given || ed_in_global() ? range.last : ed_buffer.current + 1;
		if (!line || line > ed_buffer.count)
			ed_fail("Invalid address");
		ed_print_lines((struct range){line, line, 1}, 'p');
		return true;
	}
	if (range.given && takes_no_address(letter))
		ed_fail("Unexpected address");
	if (letter != 'q' && letter != 'e')
		is_warned = false;
	at++;
	run_letter(letter, range, &at, &goes_on);
	if (*at && strchr("pln", *at) && !strchr("qQ", letter)) {
		char form = *at++;
		ed_print_lines((struct range){ed_buffer.current, ed_buffer.current, 1}, form);
	}
	if (*at)
		ed_fail("Invalid command suffix");
	return goes_on;
}
