/* The motions of vi, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/vi.html. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "vi.h"

static struct position marks[27]; /* a to z, and where '' goes */
static bool has_mark[27];
static int find_key, find_letter; /* of the last f, F, t or T */

static int mark_index(int name)
{
	return name >= 'a' && name <= 'z' ? name - 'a' : name == '\'' || name == '`' ? 26 : -1;
}

void set_mark(int name, struct position at)
{
	int index = mark_index(name);
	if (index < 0)
		return;
	marks[index] = at;
	has_mark[index] = true;
}

void remember_place(void)
{
	set_mark('\'', editor.cursor);
}

static bool to_mark(struct position *to)
{
	int index = mark_index(get_key());
	if (index < 0 || !has_mark[index]) {
		complain("Mark not set");
		return false;
	}
	*to = marks[index];
	if (to->line >= buffer.count)
		to->line = buffer.count - 1;
	if (to->column > buffer.lines[to->line].length)
		to->column = buffer.lines[to->line].length;
	remember_place();
	return true;
}

/* f, F, t, T: to the count-th `letter` in the line. */
static bool find_in_line(int key, int letter, int count, bool again, struct position *to)
{
	const struct line *line = &buffer.lines[to->line];
	char bytes[4];
	int size = key_text(letter, bytes), column = to->column;
	bool forwards = key == 'f' || key == 't', before = key == 't' || key == 'T';
	if (again && before && count == 1) /* ; behind t does not stay where it is */
		column += forwards ? 1 : -1;
	while (count > 0) {
		column += forwards ? 1 : -1;
		if (column < 0 || column + size > line->length)
			return false;
		count -= size && !memcmp(line->bytes + column, bytes, (size_t)size);
	}
	struct position found = {to->line, column};
	*to = found;
	if (before)
		to->column = forwards ? previous_character(found) : next_character(found);
	return true;
}

static bool find_command(int key, int count, struct motion *motion)
{
	static const char keys[] = "fFtT", opposites[] = "FfTt";
	bool again = key == ';' || key == ',';
	if (!again) {
		find_key = key;
		find_letter = get_key();
	}
	if (!find_key)
		return false;
	int kind = key == ',' ? opposites[strchr(keys, find_key) - keys] : find_key;
	motion->inclusive = kind == 'f' || kind == 't';
	return find_in_line(kind, find_letter, count, again, &motion->to);
}

static bool word_motion(int key, int count, bool for_operator, struct motion *motion)
{
	bool big = key == 'W' || key == 'B' || key == 'E', moved = false;
	for (; count > 0; count--) {
		struct position before = motion->to;
		bool ok = key == 'w' || key == 'W'   ? word_forward(&motion->to, big)
		          : key == 'b' || key == 'B' ? word_back(&motion->to, big)
		                                     : word_end(&motion->to, big);
		moved |= ok || motion->to.column != before.column || motion->to.line != before.line;
		bool left_line = motion->to.line > before.line && (key == 'w' || key == 'W');
		if (for_operator && count == 1 && left_line) /* the line's end stays */
			motion->to =
				(struct position){motion->to.line - 1, buffer.lines[motion->to.line - 1].length};
		if (!ok)
			break;
	}
	motion->inclusive = key == 'e' || key == 'E';
	return moved;
}

static bool vertical(int step, int count, struct motion *motion)
{
	int line = motion->to.line + step * count;
	if (line < 0 || line >= buffer.count)
		return false;
	if (editor.wanted < 0)
		editor.wanted = screen_column(motion->to);
	motion->to = (struct position){line, column_at(line, editor.wanted)};
	motion->linewise = true;
	return true;
}

static bool to_line(int line, struct motion *motion)
{
	if (line < 0 || line >= buffer.count)
		return false;
	motion->to = (struct position){line, first_nonblank(line)};
	motion->linewise = true;
	return true;
}

static bool horizontal(int key, int count, bool for_operator, struct motion *motion)
{
	int start = motion->to.column, length = buffer.lines[motion->to.line].length;
	for (; count > 0; count--) {
		int next = key == 'h' ? previous_character(motion->to) : next_character(motion->to);
		if (key == 'l' && next >= length && !for_operator && editor.mode == MODE_COMMAND)
			break;
		motion->to.column = next;
	}
	return motion->to.column != start;
}

/* { and }: to the empty line before or behind, or a macro of the options paragraphs and sections. */
static bool paragraph(int step, int count, struct motion *motion)
{
	int line = motion->to.line;
	for (; count > 0; count--) {
		int start = line;
		while (line >= 0 && line < buffer.count && buffer.lines[line].length == 0)
			line += step;
		bool is_there = line != start && line >= 0 && line < buffer.count && begins_paragraph(line);
		while (!is_there && line >= 0 && line < buffer.count && buffer.lines[line].length > 0) {
			line += step;
			is_there = line >= 0 && line < buffer.count && begins_paragraph(line);
		}
	}
	if (line < 0)
		motion->to = (struct position){0, 0};
	else if (line >= buffer.count)
		motion->to = (struct position){buffer.count - 1, buffer.lines[buffer.count - 1].length};
	else
		motion->to = (struct position){line, 0};
	return true;
}

static bool search_motion(int key, int count, struct motion *motion)
{
	bool found;
	struct position origin = editor.cursor;
	if (key == 'n' || key == 'N') {
		found = search_again(key == 'N', count, &motion->to);
	} else if (key == '*' || key == '#') {
		struct position from, to;
		if (!find_object(false, 'w', &from, &to))
			return false;
		int end = next_character(to);
		char *pattern =
			format_text("\\<%.*s\\>", end - from.column, buffer.lines[to.line].bytes + from.column);
		found = search(pattern, key == '#', count, &motion->to);
		free(pattern);
	} else {
		char *pattern = ask_line(key == '/' ? "/" : "?");
		found = pattern && search(pattern, key == '?', count, &motion->to);
		free(pattern);
	}
	if (found)
		set_mark('\'', origin);
	return found;
}

static bool line_motion(int key, int count, bool counted, struct motion *motion)
{
	int line = motion->to.line, last = last_line_on_screen(), target;
	switch (key) {
	case '+': case '\r': case '\n': return to_line(line + count, motion);
	case '-': return to_line(line - count, motion);
	case '_': return to_line(line + count - 1, motion);
	case 'G':
		remember_place();
		return to_line(counted ? count - 1 : buffer.count - 1, motion);
	case 'g':
		if (get_key() != 'g')
			return false;
		remember_place();
		return to_line(counted ? count - 1 : 0, motion);
	case 'H':
		target = editor.top + count - 1;
		return to_line(target > last ? last : target, motion);
	case 'L':
		target = last - count + 1;
		return to_line(target < editor.top ? editor.top : target, motion);
	default: return to_line((editor.top + last) / 2, motion); /* M */
	}
}

bool find_motion(int key, int count, bool counted, bool for_operator, struct motion *motion)
{
	*motion = (struct motion){.to = editor.cursor};
	int length = buffer.lines[editor.cursor.line].length;
	switch (key) {
	case 'h': case KEY_LEFT: case 127: case CONTROL('h'):
		return horizontal('h', count, for_operator, motion);
	case 'l': case KEY_RIGHT: case ' ': return horizontal('l', count, for_operator, motion);
	case 'j': case KEY_DOWN: case CONTROL('n'): return vertical(1, count, motion);
	case 'k': case KEY_UP: case CONTROL('p'): return vertical(-1, count, motion);
	case 'w': case 'W': case 'b': case 'B': case 'e': case 'E':
		return word_motion(key, count, for_operator, motion);
	case KEY_WORD_LEFT: return word_motion('b', count, for_operator, motion);
	case KEY_WORD_RIGHT: return word_motion('w', count, for_operator, motion);
	case '0': case KEY_HOME: motion->to.column = 0; return true;
	case '^': motion->to.column = first_nonblank(motion->to.line); return true;
	case '|': motion->to.column = column_at(motion->to.line, count - 1); return true;
	case '$': case KEY_END:
		if (motion->to.line + count > buffer.count)
			return false;
		motion->to.line += count - 1;
		length = buffer.lines[motion->to.line].length;
		motion->to.column = for_operator || !length ? length : column_at(motion->to.line, INT_MAX);
		return true;
	case 'f':
	case 'F':
	case 't':
	case 'T':
	case ';':
	case ',': return find_command(key, count, motion);
	case '/':
	case '?':
	case 'n':
	case 'N':
	case '*':
	case '#': return search_motion(key, count, motion);
	case '(': return sentence(-1, count, &motion->to);
	case ')': return sentence(1, count, &motion->to);
	case '[':
	case ']':
		if (get_key() != key)
			return false;
		remember_place();
		return section(key == '[' ? -1 : 1, count, &motion->to);
	case '{': return paragraph(-1, count, motion);
	case '}': return paragraph(1, count, motion);
	case '%':
		motion->inclusive = true;
		return matching_bracket(&motion->to);
	case '\'':
		motion->linewise = true;
		return to_mark(&motion->to) && to_line(motion->to.line, motion);
	case '`': return to_mark(&motion->to);
	case '+':
	case '\r':
	case '\n':
	case '-':
	case '_':
	case 'G':
	case 'g':
	case 'H':
	case 'L':
	case 'M': return line_motion(key, count, counted, motion);
	default: return false;
	}
}
