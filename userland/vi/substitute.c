/* s and g of the ex line. */
#include <stdlib.h>
#include <string.h>

#include "characters.h"
#include "ex.h"

static char *last_pattern, *last_replacement;
static struct {
	bool everywhere, confirms, ignores_case;
	bool prints, numbers, shows; /* flags p, #, l: the last line that was changed */
} last;

/* What was said about a match, and holds for those behind it. */
enum verdict { ASK, REPLACE_ALL, STOP };
static enum verdict verdict;

/* The replacement with & and \1 to \9 filled in. */
static void add_replacement(struct text *result, const char *replacement, const char *subject, const regmatch_t *matches)
{
	char once = 0, lasting = 0;
	while (*replacement) {
		int group = *replacement == '&' ? 0 : -1;
		if (*replacement == '\\' && replacement[1]) {
			char c = replacement[1];
			replacement += 2;
			if (c >= '0' && c <= '9') {
				group = c - '0';
			} else {
				if (c == 'u' || c == 'l')
					once = c;
				else if (c == 'U' || c == 'L' || c == 'E' || c == 'e')
					lasting = (c | 32) == 'e' ? 0 : c;
				else
					text_char(result, c == 'n' || c == 'r' ? '\n' : c == 't' ? '\t' : c);
				continue;
			}
		} else if (group < 0) {
			if (*replacement == '\r') {
				text_char(result, '\n');
				replacement++;
			} else {
				replacement += add_cased(result, replacement, strlen(replacement), &once, lasting);
			}
			continue;
		} else {
			replacement++;
		}
		for (regoff_t i = matches[group].rm_so; i >= 0 && i < matches[group].rm_eo;)
			i += (regoff_t)add_cased(result, subject + i, (size_t)(matches[group].rm_eo - i), &once, lasting);
	}
}

/* With the flag c: whether the match there is to be replaced. */
static bool is_confirmed(int line, int column)
{
	if (!last.confirms || verdict == REPLACE_ALL)
		return verdict != STOP;
	if (verdict == STOP)
		return false;
	for (;;) {
		editor.cursor = (struct position){line, column};
		tell("Replace it? y: yes, n: no, a: all, l: this one and no more, q: no more");
		draw_screen();
		int key = get_key();
		*editor.message = 0;
		if (key == 'a')
			verdict = REPLACE_ALL;
		else if (key == 'l' || key == 'q' || key == KEY_ESCAPE || key == CONTROL('c') || key == KEY_END_OF_INPUT)
			verdict = STOP;
		if (key == 'y' || key == 'a' || key == 'l')
			return true;
		if (key == 'n' || verdict == STOP)
			return false;
	}
}

/* The line with its matches replaced; returns how many there were, *found: some, if not replaced. */
static int substitute_line(const regex_t *regex, int line, bool *found, struct text *result)
{
	regmatch_t matches[10];
	int count = 0;
	const char *bytes = buffer.lines[line].bytes, *rest = bytes;
	text_clear(result);
	while (verdict != STOP && regular_find(regex, rest, 10, matches, rest == bytes ? 0 : REG_NOTBOL) == 0) {
		*found = true;
		text_add(result, rest, (size_t)matches[0].rm_so);
		if (is_confirmed(line, (int)(rest - bytes) + (int)matches[0].rm_so)) {
			add_replacement(result, last_replacement, rest, matches);
			count++;
		} else {
			text_add(result, rest + matches[0].rm_so, (size_t)(matches[0].rm_eo - matches[0].rm_so));
		}
		bool empty = matches[0].rm_so == matches[0].rm_eo;
		rest += matches[0].rm_eo;
		if (empty && *rest) {
			size_t size = character_size(rest, strlen(rest));
			text_add(result, rest, size);
			rest += size;
		}
		if (!last.everywhere || !*rest)
			break;
	}
	text_string(result, rest);
	return count;
}

/* Puts text that may hold newlines in place of a line; returns how many lines it is. */
static int replace_line(int at, const char *text)
{
	int lines = 0;
	for (const char *newline;; text = newline + 1) {
		newline = strchr(text, '\n');
		int length = newline ? (int)(newline - text) : (int)strlen(text);
		if (lines == 0)
			buffer_replace(at, text, length);
		else
			buffer_insert(at + lines, text, length);
		lines++;
		if (!newline)
			return lines;
	}
}

static void replace_all(struct range range, const regex_t *regex)
{
	int count = 0, changed_lines = 0, end = range.last;
	bool found = false;
	struct text result = {0};
	struct position at = editor.cursor;
	verdict = ASK;
	begin_change(range.first, range.last - range.first + 1);
	for (int line = range.first; line <= end && verdict != STOP; line++) {
		int here = substitute_line(regex, line, &found, &result);
		if (!here)
			continue;
		count += here;
		changed_lines++;
		int lines = replace_line(line, result.data);
		line += lines - 1;
		end += lines - 1;
		at = (struct position){line, first_nonblank(line)};
	}
	editor.cursor = at;
	end_change(end - range.first + 1);
	text_free(&result);
	if (!found)
		complain("Pattern not found");
	else if (last.prints && editor.is_line_mode)
		print_line(editor.cursor.line, last.numbers, last.shows);
	else if (changed_lines > 1 && !editor.is_line_mode)
		tell("%d substitutions on %d lines", count, changed_lines);
}

/* With edcompatible g and c stay, and are turned round where they stand again. */
static void reset_flags(void)
{
	last.everywhere &= editor.options.ed_compatible;
	last.confirms &= editor.options.ed_compatible;
	last.ignores_case = last.prints = last.numbers = last.shows = false;
}

/* Flags and a count of lines, which begin with the last one of the range. */
static void read_flags(const char *text, struct range *range)
{
	for (; *text; text++) {
		if (*text >= '1' && *text <= '9') {
			char *end;
			range->first = range->last;
			range->last += (int)strtol(text, &end, 10) - 1;
			range->last = range->last < buffer.count ? range->last : buffer.count - 1;
			text = end - 1;
			continue;
		}
		last.everywhere ^= *text == 'g' && (editor.options.ed_compatible || !last.everywhere);
		last.prints |= *text == 'p' || *text == 'l' || *text == '#';
		last.numbers |= *text == '#';
		last.shows |= *text == 'l';
		last.confirms ^= *text == 'c' && (editor.options.ed_compatible || !last.confirms);
		last.ignores_case |= *text == 'i' || *text == 'I';
	}
}

static void run_substitution(struct range range, const char *pattern)
{
	regex_t regex;
	bool outer = editor.options.ignore_case;
	editor.options.ignore_case |= last.ignores_case;
	if (compile_pattern(pattern, &regex)) {
		replace_all(range, &regex);
		regfree(&regex);
	}
	editor.options.ignore_case = outer;
}

void substitute_again(struct range range, const char *arguments, bool by_search)
{
	if (!last_replacement) {
		complain("No previous substitution");
		return;
	}
	reset_flags();
	read_flags(arguments, &range);
	run_substitution(range, by_search ? "" : last_pattern);
}

void command_again_search(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	substitute_again(range, arguments, true);
}

/* The replacement, in which ~ (not \~) is the one before; with nomagic & and ~ stand for themselves, and \& and \~ are special. */
static void keep_replacement(char *text)
{
	struct text result = {0};
	text_clear(&result);
	for (const char *at = text; *at; at++) {
		bool is_escaped = *at == '\\' && at[1] && strchr("&~", at[1]);
		if (!editor.options.magic && (is_escaped || *at == '&' || *at == '~')) {
			at += is_escaped;
			if (is_escaped && *at == '~')
				text_string(&result, last_replacement ? last_replacement : "");
			else
				text_format(&result, *at == '&' && !is_escaped ? "\\%c" : "%c", *at);
		} else if (*at == '\\' && at[1] == '~')
			text_char(&result, *++at);
		else if (*at == '\\' && at[1])
			text_add(&result, at++, 2);
		else if (*at == '~')
			text_string(&result, last_replacement ? last_replacement : "");
		else
			text_char(&result, *at);
	}
	free(text);
	free(last_replacement);
	last_replacement = text_take(&result);
}

void substitute(struct range range, const char *arguments)
{
	if (!*arguments || strchr("gcipl#& \"|", *arguments) || (*arguments >= '0' && *arguments <= '9')) {
		substitute_again(range, arguments, false);
		return;
	}
	char delimiter = *arguments++;
	char *pattern = take_pattern(&arguments, delimiter);
	keep_replacement(take_pattern(&arguments, delimiter));
	reset_flags();
	read_flags(arguments, &range);
	run_substitution(range, pattern);
	const char *used = *pattern ? pattern : search_pattern();
	if (used) {
		free(last_pattern);
		last_pattern = duplicate(used);
	}
	free(pattern);
}

/* The first line from there on that g has marked, then from the top on; -1: none. */
static int next_marked(int from)
{
	for (int line = from < 0 ? 0 : from; line < buffer.count; line++)
		if (buffer.lines[line].is_marked)
			return line;
	for (int line = 0; line < from && line < buffer.count; line++)
		if (buffer.lines[line].is_marked)
			return line;
	return -1;
}

void global_command(struct range range, const char *arguments, bool inverted)
{
	regex_t regex;
	char delimiter = *arguments++;
	if (!delimiter) {
		complain("g needs a pattern");
		return;
	}
	char *pattern = take_pattern(&arguments, delimiter);
	const char *command = *arguments ? arguments : "";
	bool compiled = compile_pattern(pattern, &regex);
	free(pattern);
	if (!compiled)
		return;
	/* the lines are marked first: what a command adds, deletes or moves does not change which they are */
	int count = 0;
	for (int line = range.first < 0 ? 0 : range.first; line <= range.last; line++)
		buffer.lines[line].is_marked = (regular_find(&regex, buffer.lines[line].bytes, 0, NULL, 0) == 0) != inverted;
	begin_group();
	for (int line = 0; (line = next_marked(line)) >= 0; count++) {
		int before = buffer.count;
		buffer.lines[line].is_marked = false;
		editor.cursor = (struct position){line, 0};
		run_ex(*command ? command : "p");
		if (editor.is_error)
			break;
		line += buffer.count < before ? buffer.count - before : 0;
	}
	end_group();
	regfree(&regex);
	if (!count)
		complain("Pattern not found");
	else if (!editor.is_error && !editor.is_line_mode)
		tell("%d lines", count);
}
