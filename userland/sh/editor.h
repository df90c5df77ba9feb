/* The line that is being edited and its place on the terminal. */
#ifndef SH_EDITOR_H
#define SH_EDITOR_H

#include "keys.h"
#include "shell.h"

struct editor {
	struct text line;
	size_t cursor;      /* byte offset in the line */
	const char *prompt; /* shown before it; \001...\002 encloses what takes no place */
	int columns, rows;  /* of the terminal */
	int cursor_row;     /* row of the terminal's cursor, counted from the prompt's first */
	int history_index;  /* history_count(): the new line */
	char *new_line;     /* what was typed, while an older line is shown */
	bool last_was_tab;
};

int next_key(struct editor *editor); /* KEY_NONE: the line must be shown again */

/* display.c */
void refresh(struct editor *editor);
void finish_line(struct editor *editor); /* the cursor goes below the line */
void list_candidates(struct editor *editor, const struct words *candidates);
void beep(void);

/* completion and search, as commands of the editor */
void complete_at_cursor(struct editor *editor);
int search_history(struct editor *editor); /* returns the key that ended it */

/* Places between characters, with the marks that combine with each. */
size_t character_before(const struct editor *editor, size_t at);
size_t character_behind(const struct editor *editor, size_t at);
void show_history(struct editor *editor, int step); /* another line, counted from the shown one */
void clear_screen(struct editor *editor);

/* The options of a command that begin with `prefix`. */
void complete_options(const char *command, const char *prefix, struct words *found);

/* vi-mode.c */
void vi_mode_start_line(void);
int vi_mode_next_key(struct editor *editor); /* of insert mode, or what ends the line */

void replace_line(struct editor *editor, const char *text);
void insert_text(struct editor *editor, const char *text, size_t length);
void delete_range(struct editor *editor, size_t start, size_t end);

#endif
