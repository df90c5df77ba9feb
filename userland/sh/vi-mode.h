/* What the two halves of the vi mode, vi-mode.c and vi-motion.c, need of each other. */
#ifndef SH_VI_MODE_H
#define SH_VI_MODE_H

#include "editor.h"

int vi_mode_key(struct editor *editor); /* the next key, typed or repeated */

/*
 * Where the motion `key` goes, `count` times (0: no count was typed). False if it is none.
 * *inclusive: the character there belongs to what an operator takes.
 */
bool vi_mode_move(struct editor *editor, int key, int count, size_t *target, bool *inclusive);

#endif
