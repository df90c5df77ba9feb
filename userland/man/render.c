/*
 * The macros of man(7), and the requests of roff that pages use by themselves. Conditions are
 * nroff's; definitions (.de, .ds, .nr) and tables' formats are passed over, their text is kept.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "man.h"
#include "renderer.h"

enum { BODY = 7, SUBHEADING = 3 };

static void add_string(struct renderer *renderer, const char *text)
{
	layout_add(&renderer->layout, text, strlen(text));
}

/* A width as roff writes it ("4n", "0.5i", "2"), in columns. */
static int columns_of(const char *text, int otherwise)
{
	char *rest;
	double number = strtod(text, &rest);
	if (rest == text || number < -1000 || number > 1000)
		return otherwise;
	double unit = *rest == 'i' ? 10 : *rest == 'c' ? 3.94 : *rest == 'p' ? 10.0 / 72 : 1;
	return (int)(number * unit);
}

static void start_paragraph(struct renderer *renderer)
{
	layout_space(&renderer->layout, renderer->paragraph_lines);
	renderer->layout.next_indent = -1;
	renderer->layout.font = renderer->layout.font_before = 'R';
	renderer->tag = NO_TAG;
}

static void end_heading(struct renderer *renderer)
{
	layout_break(&renderer->layout);
	layout_set_font(&renderer->layout, 'R');
	renderer->layout.font_before = 'R';
	renderer->layout.indent = renderer->margin;
	renderer->layout.no_space = true;
	renderer->has_heading_next = false;
}

static void start_heading(struct renderer *renderer, const struct arguments *words, bool is_subheading)
{
	renderer->margin = BODY;
	renderer->hanging = BODY;
	renderer->nested = 0;
	start_paragraph(renderer);
	renderer->layout.is_filled = true;
	renderer->layout.indent = is_subheading ? SUBHEADING : 0;
	renderer->layout.font = 'B';
	renderer->has_heading_next = words->count == 0;
	for (int i = 0; i < words->count; i++) {
		add_string(renderer, words->words[i]);
		layout_put_word(&renderer->layout);
	}
	if (words->count > 0)
		end_heading(renderer);
}

/* Behind the tag of TP or IP: the text goes on beside it if it fits, else below. */
static void end_tag(struct renderer *renderer)
{
	struct layout *layout = &renderer->layout;
	int body = renderer->margin + renderer->hanging;
	renderer->tag = NO_TAG;
	layout_put_word(layout);
	if (layout_width(layout) + 1 > renderer->hanging)
		layout_break(layout);
	else
		layout_pad(layout, body);
	layout->indent = body;
}

static void start_tag(struct renderer *renderer, const char *width)
{
	start_paragraph(renderer);
	renderer->hanging = columns_of(width, renderer->hanging);
	renderer->layout.indent = renderer->margin;
}

static void end_line(struct renderer *renderer)
{
	if (renderer->has_heading_next) {
		end_heading(renderer);
		return;
	}
	if (renderer->tag == TAG_LINE) {
		if (renderer->layout.joins)
			renderer->layout.joins = false;
		else
			end_tag(renderer);
		return;
	}
	layout_end_input(&renderer->layout);
}

/* B, I: all words in one font; BR, IR...: in turns, without blanks. */
static void fonts(struct renderer *renderer, const char *macro, const struct arguments *words)
{
	struct layout *layout = &renderer->layout;
	bool in_turns = strlen(macro) == 2 && strcmp(macro, "SM") && strcmp(macro, "SB");
	char first = !strcmp(macro, "SM") ? 'R' : !strcmp(macro, "SB") ? 'B' : macro[0];
	if (words->count == 0) {
		renderer->next_font = first;
		return;
	}
	for (int i = 0; i < words->count; i++) {
		layout->font = in_turns ? macro[i % 2] : first;
		if (i > 0 && !in_turns)
			layout_add(layout, " ", 1);
		/* A blank within an argument is a blank of the line, wherever the argument stands. */
		add_string(renderer, words->words[i]);
		layout->font = layout->font_before = 'R';
	}
	end_line(renderer);
}

static void nest(struct renderer *renderer, const struct arguments *words)
{
	layout_break(&renderer->layout);
	if (renderer->nested < MOST_NESTED) {
		renderer->margins[renderer->nested] = renderer->margin;
		renderer->hangings[renderer->nested] = renderer->hanging;
		renderer->nested++;
	}
	renderer->margin += columns_of(man_argument(words, 0), renderer->hanging);
	if (renderer->margin > renderer->layout.columns / 2)
		renderer->margin = renderer->layout.columns / 2;
	renderer->hanging = BODY;
	renderer->layout.indent = renderer->margin;
}

static void leave_nest(struct renderer *renderer)
{
	layout_break(&renderer->layout);
	if (renderer->nested > 0) {
		renderer->nested--;
		renderer->margin = renderer->margins[renderer->nested];
		renderer->hanging = renderer->hangings[renderer->nested];
	}
	renderer->layout.indent = renderer->margin;
}

static const char *section_name(const char *section)
{
	static const char *const names[] = {"General Commands", "System Calls", "Library Functions", "Kernel Interfaces", "File Formats", "Games", "Miscellaneous Information", "System Manager's"};
	return *section >= '1' && *section <= '8' ? names[*section - '1'] : "";
}

static void start_page(struct renderer *renderer, const struct arguments *words)
{
	for (int i = 0; i < 5; i++) {
		free(renderer->title[i]);
		renderer->title[i] = duplicate(man_argument(words, i));
	}
	char *name = format_text("%s(%s)", renderer->title[0], renderer->title[1]);
	char *middle = *renderer->title[4] ? duplicate(renderer->title[4]) : format_text("%s Manual", section_name(renderer->title[1]));
	layout_title(&renderer->layout, name, middle, name);
	renderer->layout.blank_lines = 1;
	free(middle);
	free(name);
}

static void end_page(struct renderer *renderer)
{
	layout_break(&renderer->layout);
	if (!renderer->title[0])
		return;
	char *name = format_text("%s(%s)", renderer->title[0], renderer->title[1]);
	renderer->layout.blank_lines = 1;
	layout_title(&renderer->layout, renderer->title[3], renderer->title[2], name);
	free(name);
	for (int i = 0; i < 5; i++)
		free(renderer->title[i]);
}

static void set_filled(struct renderer *renderer, bool is_filled)
{
	layout_break(&renderer->layout);
	renderer->layout.is_filled = is_filled;
}

static void option_usage(struct renderer *renderer, const struct arguments *words)
{
	char *text = words->count > 1 ? format_text("[\\fB%s\\fR\\ \\fI%s\\fR]", words->words[0], words->words[1])
								  : format_text("[\\fB%s\\fR]", man_argument(words, 0));
	add_string(renderer, text);
	free(text);
	end_line(renderer);
}

static void link_target(struct renderer *renderer, const struct arguments *words)
{
	char *text = *man_argument(words, 0) ? format_text("⟨%s⟩", man_argument(words, 0)) : duplicate("");
	add_string(renderer, text);
	free(text);
	end_line(renderer);
}

static void paragraph(struct renderer *renderer)
{
	start_paragraph(renderer);
	renderer->hanging = BODY;
	renderer->layout.indent = renderer->margin;
}

/* Macros that begin or end a piece of the page; false: it is another one. */
static bool structure(struct renderer *renderer, const char *macro, const struct arguments *words)
{
	struct layout *layout = &renderer->layout;
	if (!strcmp(macro, "TH"))
		start_page(renderer, words);
	else if (!strcmp(macro, "SH") || !strcmp(macro, "SS"))
		start_heading(renderer, words, macro[1] == 'S');
	else if (!strcmp(macro, "PP") || !strcmp(macro, "P") || !strcmp(macro, "LP"))
		paragraph(renderer);
	else if (!strcmp(macro, "TP") || !strcmp(macro, "TQ")) {
		int lines = renderer->paragraph_lines;
		renderer->paragraph_lines = macro[1] == 'Q' ? 0 : lines;
		start_tag(renderer, man_argument(words, 0));
		renderer->paragraph_lines = lines;
		renderer->tag = TAG_LINE;
	} else if (!strcmp(macro, "IP")) {
		start_tag(renderer, man_argument(words, 1));
		if (*man_argument(words, 0)) {
			add_string(renderer, words->words[0]);
			end_tag(renderer);
		}
		layout->indent = renderer->margin + renderer->hanging;
	} else if (!strcmp(macro, "HP")) {
		start_tag(renderer, man_argument(words, 0));
		layout->next_indent = renderer->margin;
		layout->indent = renderer->margin + renderer->hanging;
	} else if (!strcmp(macro, "RS"))
		nest(renderer, words);
	else if (!strcmp(macro, "RE"))
		leave_nest(renderer);
	else if (!strcmp(macro, "PD"))
		renderer->paragraph_lines = words->count ? columns_of(words->words[0], 1) : 1;
	else
		return false;
	return true;
}

static bool request(struct renderer *renderer, const char *macro, const struct arguments *words)
{
	struct layout *layout = &renderer->layout;
	if (!strcmp(macro, "br") || !strcmp(macro, "SY") || !strcmp(macro, "YS"))
		layout_break(layout);
	else if (!strcmp(macro, "sp"))
		layout_space(layout, columns_of(man_argument(words, 0), 1));
	else if (!strcmp(macro, "nf") || !strcmp(macro, "EX"))
		set_filled(renderer, false);
	else if (!strcmp(macro, "fi") || !strcmp(macro, "EE"))
		set_filled(renderer, true);
	else if (!strcmp(macro, "ft"))
		layout_set_font(layout, words->count ? words->words[0][strlen(words->words[0]) - 1] : 'P');
	else if (!strcmp(macro, "in") || !strcmp(macro, "ti")) {
		layout_break(layout);
		const char *width = man_argument(words, 0);
		int columns = columns_of(width, 0) + (*width == '+' || *width == '-' || !*width ? layout->indent : 0);
		columns = columns < 0 ? 0 : columns;
		*(*macro == 't' ? &layout->next_indent : &layout->indent) = *width ? columns : renderer->margin;
	} else if (!strcmp(macro, "OP"))
		option_usage(renderer, words);
	else if (!strcmp(macro, "UR") || !strcmp(macro, "MT"))
		link_target(renderer, words);
	else if (!strcmp(macro, "TS"))
		renderer->is_table = true, set_filled(renderer, false);
	else if (!strcmp(macro, "TE"))
		set_filled(renderer, true);
	else
		return false;
	if (!strcmp(macro, "SY"))
		fonts(renderer, "B", words);
	return true;
}

static void take_macro(struct renderer *renderer, const char *line, const char *end)
{
	char macro[8];
	size_t length = 0;
	for (line++; line < end && (*line == ' ' || *line == '\t'); line++)
		continue;
	while (line < end && *line != ' ' && *line != '\t' && *line != '\\' && length + 1 < sizeof macro)
		macro[length++] = *line++;
	macro[length] = 0;
	if (!strcmp(macro, "if") || !strcmp(macro, "ie") || !strcmp(macro, "el")) {
		man_condition(renderer, macro, line, end);
		return;
	}
	if (!strcmp(macro, "de") || !strcmp(macro, "de1") || !strcmp(macro, "ig") || !strcmp(macro, "am")) {
		man_skip_definition(renderer);
		return;
	}
	struct arguments words = man_split(line, end);
	static const char *const alternating[] = {"B", "I", "R", "SM", "SB", "BR", "BI", "IR", "IB", "RB", "RI"};
	bool is_font = false;
	for (size_t i = 0; i < sizeof alternating / sizeof *alternating; i++)
		is_font |= !strcmp(macro, alternating[i]);
	if (is_font)
		fonts(renderer, macro, &words);
	else if (!structure(renderer, macro, &words))
		request(renderer, macro, &words);
	man_free_arguments(&words);
}

void man_take_line(struct renderer *renderer, const char *line, const char *end)
{
	if (line < end && (*line == '.' || *line == '\'')) {
		take_macro(renderer, line, end);
		return;
	}
	if (end - line >= 2 && !memcmp(line, "\\}", 2))
		return;
	if (renderer->is_table) { /* the format of the columns ends with a stop */
		renderer->is_table = end == line || end[-1] != '.';
		return;
	}
	if (line == end) {
		if (renderer->layout.is_filled)
			layout_space(&renderer->layout, 1);
		else
			renderer->layout.blank_lines++;
		return;
	}
	char font = renderer->layout.font;
	if (renderer->next_font)
		renderer->layout.font = renderer->next_font;
	layout_add(&renderer->layout, line, (size_t)(end - line));
	if (renderer->next_font)
		renderer->layout.font = font;
	renderer->next_font = 0;
	end_line(renderer);
}

void man_render(const char *source, size_t length, int columns, enum man_look look, FILE *out)
{
	struct renderer renderer = {
		.layout = {.out = out, .look = look, .columns = columns < 20 ? 20 : columns, .next_indent = -1, .is_filled = true, .font = 'R', .font_before = 'R'},
		.at = source,
		.end = source + length,
		.margin = BODY,
		.hanging = BODY,
		.paragraph_lines = 1,
	};
	renderer.layout.indent = BODY;
	while (renderer.at < renderer.end) {
		const char *line = renderer.at, *end = memchr(line, '\n', (size_t)(renderer.end - line));
		end = end ? end : renderer.end;
		renderer.at = end < renderer.end ? end + 1 : renderer.end;
		man_take_line(&renderer, line, end);
	}
	end_page(&renderer);
	layout_free(&renderer.layout);
}
