/* Characters of the locale in text: UTF-8, or bytes. A byte that is no UTF-8 is a character of its own. */
#ifndef CHARACTERS_H
#define CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>

struct text;

/* Bytes of the character at `text`; `length`, in bytes, is not 0. */
size_t character_size(const char *text, size_t length);
/* Characters in so many bytes. */
size_t character_count(const char *text, size_t length);
/* The byte behind `count` characters; at most `length`. */
size_t character_offset(const char *text, size_t length, size_t count);
/* Adds one character of `size` bytes in the upper or the lower case. */
void add_in_case(struct text *result, const char *character, size_t size, bool to_upper);
/* One character in the case that \u \l \U \L ask for: `once` for this one, else `lasting`. Returns its size. */
size_t add_cased(struct text *result, const char *character, size_t length, char *once, char lasting);

#endif
