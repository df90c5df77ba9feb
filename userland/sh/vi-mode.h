/* What the parts of the vi mode, vi-mode.c, vi-motion.c and vi-search.c, need of each other. */
#ifndef SH_VI_MODE_H
#define SH_VI_MODE_H

#include "editor.h"

int vi_mode_key(struct editor *editor); /* the next key, typed or repeated */

/*
 * Where the motion `key` goes, `count` times (0: no count was typed). False if it is none.
 * *inclusive: the character there belongs to what an operator takes.
 */
bool vi_mode_move(struct editor *editor, int key, int count, size_t *target, bool *inclusive);

/* Reads what is searched for on the line, after '/' or '?', and shows the line of the history that has it. */
void vi_mode_search(struct editor *editor, int kind);
/* The next one, in the direction of the last search, or the other way. */
void vi_mode_search_again(struct editor *editor, bool other_way);

#endif
