/* Full-screen programs: the terminal without line editing, and keys. */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>

enum screen_key { KEY_NONE = -1, KEY_END_OF_INPUT = -2, KEY_UP = 0x100, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_HOME, KEY_END };

/* Puts the terminal into raw mode; it is restored at exit and by the deadly signals. */
void screen_begin(int fd);
void screen_restore(void);

/* A key, or KEY_NONE after that many milliseconds (-1: waits on), or at a change of size. */
int screen_key(int milliseconds);

/* True once after each SIGWINCH. */
bool screen_resized(void);

#endif
