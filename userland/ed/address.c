/* Addresses: XCU ed, "Addresses in ed". */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ed.h"
#include "tools.h"

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t");
}

/* Forward from the line behind the current one, or backward, around the ends of the buffer. */
static size_t search(const struct pattern *pattern, bool is_forward)
{
	regmatch_t match;
	size_t line = ed_buffer.current;
	for (size_t i = 0; i < ed_buffer.count; i++) {
		if (is_forward)
			line = line >= ed_buffer.count ? 1 : line + 1;
		else
			line = line <= 1 ? ed_buffer.count : line - 1;
		if (pattern_find(pattern, ed_buffer.lines[line - 1]->text, 0, 1, &match))
			return line;
	}
	ed_fail("No match");
}

static size_t read_mark(const char **at)
{
	char name = *++*at;
	if (!islower((unsigned char)name))
		ed_fail("Invalid mark character");
	++*at;
	size_t line = ed_number_of(ed_marks[name - 'a']);
	if (!line)
		ed_fail("Invalid address");
	return line;
}

static size_t read_number(const char **at)
{
	char *end;
	size_t number = strtoul(*at, &end, 10);
	*at = end;
	return number;
}

/* "+3", "-", "++", "4 5": all are added; false if there is none. */
static bool read_offsets(const char **at, long *line)
{
	bool found = false;
	for (;;) {
		skip_blanks(at);
		char sign = **at;
		if (isdigit((unsigned char)sign)) {
			*line += (long)read_number(at);
		} else if (sign == '+' || sign == '-' || sign == '^') {
			++*at;
			long step = isdigit((unsigned char)**at) ? (long)read_number(at) : 1;
			*line += sign == '+' ? step : -step;
		} else {
			return found;
		}
		found = true;
	}
}

bool ed_read_address(const char **at, size_t *line, bool *found)
{
	long place = (long)ed_buffer.current;
	*found = true;
	skip_blanks(at);
	switch (**at) {
	case '.': ++*at; break;
	case '$': ++*at, place = (long)ed_buffer.count; break;
	case '\'': place = (long)read_mark(at); break;
	case '/':
	case '?': {
		bool is_forward = **at == '/';
		place = (long)search(ed_read_pattern(at), is_forward);
		break;
	}
	default:
		if (isdigit((unsigned char)**at))
			place = (long)read_number(at);
		else
			*found = false;
	}
	if (read_offsets(at, &place))
		*found = true;
	if (*found && (place < 0 || place > (long)ed_buffer.count))
		ed_fail("Invalid address");
	*line = (size_t)place;
	return *found;
}

struct range ed_read_range(const char **at)
{
	struct range range = {ed_buffer.current, ed_buffer.current, 0};
	size_t line;
	bool found, follows = false;
	for (;;) {
		ed_read_address(at, &line, &found);
		skip_blanks(at);
		char separator = **at;
		bool continues = separator == ',' || separator == ';' || separator == '%';
		if (found) {
			range.first = follows ? range.last : line;
			range.last = line;
			range.given = follows ? 2 : 1;
		} else if (follows) {
			/* "3," is "3,3"; "," alone is "1,$", and ";" is ".;$". */
			range.first = range.last;
			if (range.given != 1)
				range.last = ed_buffer.count;
			range.given = 2;
		}
		if (!continues || (separator == '%' && (found || follows)))
			break;
		++*at;
		if (separator == '%') {
			range = (struct range){1, ed_buffer.count, 2};
			break;
		}
		if (!found && !follows) {
			range.last = separator == ';' ? ed_buffer.current : 1;
			range.given = 0;
		} else {
			range.given = 1;
		}
		if (separator == ';' && found)
			ed_buffer.current = range.last;
		follows = true;
	}
	if (range.given == 2 && range.first > range.last)
		ed_fail("Invalid address");
	return range;
}
