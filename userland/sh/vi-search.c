/* Searching the history in the vi mode: / ? n N. */
#include <stdlib.h>
#include <string.h>

#include "vi-mode.h"

/* They hold from line to line. */
static char *searched;
static bool searched_forward;

/* The next line of the history with the text that was searched for, if there is one. */
static void search_again(struct editor *editor, bool forward)
{
	int step = forward ? 1 : -1;
	for (int i = editor->history_index + step; searched && i >= 0 && i < history_count(); i += step) {
		const char *wanted = searched + (*searched == '^'), *line = history_line(i);
		bool found = *searched == '^' ? !strncmp(line, wanted, strlen(wanted))
		                              : strstr(line, wanted) != NULL;
		if (!found)
			continue;
		show_history(editor, i - editor->history_index);
		editor->cursor = 0;
		return;
	}
	beep();
}

/* / and ?: reads the text on the line. */
void vi_mode_search(struct editor *editor, int kind)
{
	const char *outer_prompt = editor->prompt;
	char *outer_line = duplicate(editor->line.data), prompt[2] = {(char)kind};
	size_t outer_cursor = editor->cursor;
	editor->prompt = prompt;
	replace_line(editor, "");
	int key;
	for (;;) {
		refresh(editor);
		key = vi_mode_key(editor);
		char bytes[4];
		bool erases = key == 127 || key == CONTROL('h');
		if (erases && editor->cursor)
			delete_range(editor, character_before(editor, editor->cursor), editor->cursor);
		else if (erases || key < 32)
			break;
		else
			insert_text(editor, bytes, (size_t)key_text(key, bytes));
	}
	bool done = key == '\r' || key == '\n';
	if (done && editor->line.length) {
		free(searched);
		searched = duplicate(editor->line.data);
	}
	editor->prompt = outer_prompt;
	replace_line(editor, outer_line);
	editor->cursor = outer_cursor;
	free(outer_line);
	if (done) {
		searched_forward = kind == '?';
		search_again(editor, searched_forward);
	}
}

void vi_mode_search_again(struct editor *editor, bool other_way)
{
	search_again(editor, searched_forward != other_way);
}
