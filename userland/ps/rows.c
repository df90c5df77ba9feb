/* Rows of ps: the cells of one process, each in the width of its column. */
#include <string.h>

#include "ps.h"
#include "tools.h"

/* Pads one cell; what stuck out of its column before is taken back from the padding. */
static void put_cell(struct text *line, const struct ps_column *column, const char *text, int *debt)
{
	int length = (int)strlen(text), padding = column->width - length;
	int owed = *debt < padding ? *debt : padding;
	if (owed > 0) {
		padding -= owed;
		*debt -= owed;
	}
	if (padding < 0)
		*debt -= padding;
	if (line->length)
		text_char(line, ' ');
	if (column->format->align == 'R')
		text_format(line, "%*s%s", padding > 0 ? padding : 0, "", text);
	else if (column->next)
		text_format(line, "%s%*s", text, padding > 0 ? padding : 0, "");
	else
		text_string(line, text);
}

void ps_put_header(const struct ps_column *columns)
{
	struct text line = {0};
	bool any = false;
	int debt = 0;
	for (const struct ps_column *column = columns; column; column = column->next) {
		any |= *column->header != 0;
		put_cell(&line, column, column->header, &debt);
	}
	if (any)
		puts(line.data);
	text_free(&line);
}

void ps_put_line(const struct ps_column *columns, const struct process *process, int width)
{
	struct text line = {0};
	char buffer[PS_TEXT];
	int debt = 0;
	for (const struct ps_column *column = columns; column; column = column->next) {
		const struct ps_format *format = column->format;
		if (!format->text)
			snprintf(buffer, sizeof buffer, "%lld", format->number(process));
		const char *text = format->text ? format->text(process, buffer) : buffer;
		char shortened[PS_TEXT];
		/* Names that are too long end in +; a text before other columns is cut. */
		if (format->align == 'L' && (int)strlen(text) > column->width && column->width > 1) {
			bool marked = strcmp(format->name, "wchan") != 0;
			snprintf(shortened, sizeof shortened, "%.*s%s", column->width - marked, text, marked ? "+" : "");
			text = shortened;
		} else if (format->align == 'U' && column->next && (int)strlen(text) > column->width) {
			snprintf(shortened, sizeof shortened, "%.*s", column->width, text);
			text = shortened;
		}
		put_cell(&line, column, text, &debt);
	}
	if (width && line.length > (size_t)width)
		line.data[width] = 0;
	puts(line.data);
	text_free(&line);
}
