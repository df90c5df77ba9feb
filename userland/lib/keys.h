/* Raw mode of a terminal, and its keys: UTF-8 and the escape sequences of xterm and vt220. */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>

/* A key is its code point (control characters as they are), or one of these. */
enum {
	KEY_END_OF_INPUT = -1,
	KEY_NONE = 0x110000, /* a sequence without meaning here, or what a signal asks for */
	KEY_UP, KEY_DOWN, KEY_RIGHT, KEY_LEFT, KEY_HOME, KEY_END, KEY_INSERT, KEY_DELETE,
	KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_WORD_LEFT, KEY_WORD_RIGHT, KEY_PASTE, KEY_PASTE_END,
	KEY_ALT = 0x200000, /* + the character behind ESC */
};
#define KEY_ESCAPE 033
#define CONTROL(letter) ((letter) & 0x1f)

/* No echo, no lines, no signals from keys. False if `fd` is no terminal. Resizing interrupts
 * read_key. */
bool start_raw_mode(int fd);
void end_raw_mode(void);

/*
 * The next key of `fd`. When a signal interrupts the wait, `interrupted` (null: always) says
 * whether to return KEY_NONE at once.
 */
int read_key(int fd, bool (*interrupted)(void));

/* UTF-8 of a key that is a code point; returns its length, 0 for others. */
int key_text(int key, char bytes[4]);

#endif
