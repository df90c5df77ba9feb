/* diff -y: the files beside each other. */
#include <stdio.h>

#include "diff.h"
#include "tools.h"

enum { TAB = 8, GUTTER = 3 };

static size_t half, second; /* width of a column, and where the second one begins */

static size_t move(size_t from, size_t to)
{
	for (size_t tab = from + TAB - from % TAB; tab <= to; tab += TAB) {
		putchar('\t');
		from = tab;
	}
	for (; from < to; from++)
		putchar(' ');
	return to;
}

/* A line cut to the column; returns where it ends. */
static size_t put_half(const struct diff_file *file, size_t line)
{
	const char *bytes = file->lines[line];
	size_t in = 0, out = 0, size;
	for (size_t at = 0; at < file->lengths[line]; at += size) {
		size = 1;
		if (bytes[at] == '\t') {
			size_t width = TAB - in % TAB;
			if (in == out && out + width < half) {
				out += width;
				putchar('\t');
			}
			in += width;
			continue;
		}
		uint32_t code = utf8_decode(bytes + at, file->lengths[line] - at, &size);
		in += code < 32 ? 0 : (size_t)utf8_columns(code);
		if (in <= half) {
			out = in;
			fwrite(bytes + at, 1, size, stdout);
		}
	}
	return out;
}

/* Lines of both files, or of one; a null file has none. */
static void put_pair(const struct diff_file *a, size_t i, char mark, const struct diff_file *b, size_t j)
{
	size_t column = a ? put_half(a, i) : 0;
	if (mark != ' ') {
		column = move(column, (half + second - 1) / 2) + 1;
		putchar(mark);
	}
	if (b && b->lengths[j]) {
		move(column, second);
		put_half(b, j);
	}
	putchar('\n');
}

static void put_common(const struct diff_file *a, size_t i, const struct diff_file *b, size_t j)
{
	if (diff_flag.hides_common)
		return;
	if (diff_flag.left_only)
		put_pair(a, i, '(', NULL, 0);
	else
		put_pair(a, i, ' ', b, j);
}

void diff_put_beside(const struct diff_file *a, const struct diff_file *b, const struct diff_hunk *hunks, size_t count)
{
	size_t width = diff_flag.width, offset = (width + TAB + GUTTER) / (2 * TAB) * TAB, i = 0, j = 0;
	half = offset > GUTTER ? offset - GUTTER : 0;
	if (half > (width > offset ? width - offset : 0))
		half = width > offset ? width - offset : 0;
	second = half ? offset : width;
	for (size_t h = 0; h < count; h++) {
		for (; i < hunks[h].a; i++, j++)
			put_common(a, i, b, j);
		for (; i < hunks[h].a_end && j < hunks[h].b_end; i++, j++)
			put_pair(a, i, '|', b, j);
		for (; i < hunks[h].a_end; i++)
			put_pair(a, i, '<', NULL, 0);
		for (; j < hunks[h].b_end; j++)
			put_pair(NULL, 0, '>', b, j);
	}
	for (; i < a->count; i++, j++)
		put_common(a, i, b, j);
}
