/* What the files of the renderer share: the state of a page, the words of a macro. */
#ifndef RENDERER_H
#define RENDERER_H

#include "page-layout.h"

enum { MOST_ARGUMENTS = 20, MOST_NESTED = 16 };

struct renderer {
	struct layout layout;
	const char *at, *end;	/* of the source */
	int margin;				/* of paragraphs */
	int hanging;			/* of tags: what the last TP, IP or HP said */
	int margins[MOST_NESTED], hangings[MOST_NESTED], nested;
	int paragraph_lines;	/* .PD */
	enum { NO_TAG, TAG_LINE } tag;
	char next_font;			/* .B without words: the font of the next line */
	bool has_heading_next;	/* .SH without words: the next line is one */
	bool is_subheading;
	bool is_table;
	char *title[5];			/* the arguments of TH */
};

struct arguments {
	char *words[MOST_ARGUMENTS];
	int count;
};

/* arguments.c: the words of a macro's line, on the heap. */
struct arguments man_split(const char *at, const char *end);
void man_free_arguments(struct arguments *arguments);
/* The word of that index, or "". */
const char *man_argument(const struct arguments *arguments, int index);

/* conditions.c: lines that are passed over. */
void man_skip_definition(struct renderer *renderer);
void man_condition(struct renderer *renderer, const char *macro, const char *at, const char *end);

/* render.c: one line of the source. */
void man_take_line(struct renderer *renderer, const char *line, const char *end);

#endif
