/* The parts of less: the text, and what of it is on the screen. */
#ifndef PAGER_H
#define PAGER_H


#include "regular.h"
#include "tools.h"

/* document.c: the text of a file or pipe, read as far as somebody asked. */
struct document {
	const char *name; /* null: standard input */
	int fd;
	bool complete; /* everything has been read */
	struct text bytes;
	size_t *starts; /* of lines */
	int count, capacity;
};
bool open_document(struct document *document, const char *name); /* false after a message */
void close_document(struct document *document);
bool has_line(struct document *document, int line); /* reads up to it */
void read_to_end(struct document *document);
void continue_document(struct document *document); /* reads what has been written behind the end since */
void add_line(struct document *document, const char *bytes, size_t length);
/* The line without its newline; valid until more is read. */
const char *line_text(const struct document *document, int line, size_t *length);

/* A place in the text: a row of a line that takes several rows of the screen. */
struct place {
	int line, row;
};

struct options {
	bool numbers, chops, raw, ignores_case, quits_if_short, stays_on_screen;
};

struct view {
	struct document document;
	struct place top;
	struct options options;
	int columns, rows; /* of the text: without the prompt's line */
	int left;          /* columns that -S has scrolled to the right */
	regex_t pattern;
	bool has_pattern, is_filtered;
	struct document whole; /* while only some lines are shown */
};

/* filter.c: only the lines that match, of `!PATTERN` those that do not; "": all. Null, or why the pattern is none. */
const char *show_matching(struct view *view, const char *pattern);
void show_all_lines(struct view *view);
/* Shows the end, and what comes behind it, until a key. */
void follow_file(struct view *view, int terminal);

/* view.c: places and drawing. */
int rows_of_line(struct view *view, int line);
bool move_down(struct view *view, struct place *place); /* false at the end */
bool move_up(struct view *view, struct place *place);
/* The top of the last screenful. */
struct place last_top(struct view *view);
bool at_end(struct view *view); /* the last row is on the screen */
int last_line_shown(struct view *view);
void draw(struct view *view, const char *prompt, bool standout);
void print_text(struct view *view); /* all of it, as cat does, with the options' look */

/* prompt.c */
/* Text typed on row `row` of the terminal (from 1), on the heap. Null if it was given up. */
char *prompt_line(int terminal, int row, const char *prompt);
void show_help(int terminal);

#endif
