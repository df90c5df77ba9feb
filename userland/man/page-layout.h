/* Words into lines: what the macros of render.c fill. */
#ifndef PAGE_LAYOUT_H
#define PAGE_LAYOUT_H

#include "man.h"

/* A character and its font; bytes are UTF-8, NUL-terminated. */
struct cell {
	char bytes[5];
	unsigned char columns;
	char font;
	bool is_fixed; /* a space that words are not broken at */
};

struct cells {
	struct cell *cells;
	size_t count, capacity;
	int columns;
};

struct layout {
	FILE *out;
	enum man_look look;
	int columns;	 /* of a line, its indentation included */
	int indent;		 /* of the lines to come */
	int next_indent; /* of the next one only; -1: the same */
	bool is_filled;
	bool is_centred;
	char font, font_before;
	struct cells line, word;
	int line_indent; /* of the line that is begun */
	bool has_line;	 /* something of it is there, be it without text */
	bool joins;		 /* \c: what follows belongs to the last word */
	int blank_lines; /* wanted before the next line */
	bool no_space;	 /* wanted blank lines are forgotten: behind a heading */
};

void layout_add(struct layout *layout, const char *text, size_t length); /* with escapes; no newline */
void layout_end_input(struct layout *layout);	 /* an input line ended */
void layout_break(struct layout *layout);		 /* the line is written */
void layout_space(struct layout *layout, int lines);
void layout_put_word(struct layout *layout);	 /* the word is complete */
void layout_set_font(struct layout *layout, char font);
/* Columns that the begun line takes without its indentation. */
int layout_width(const struct layout *layout);
/* Blanks up to the column `indent`, where the text goes on. */
void layout_pad(struct layout *layout, int indent);
/* left, middle and right text on a line of its own. */
void layout_title(struct layout *layout, const char *left, const char *middle, const char *right);
void layout_free(struct layout *layout);

#endif
