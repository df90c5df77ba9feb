/* The format of compress(1): files that end in .Z. */
#ifndef LZW_H
#define LZW_H

#include <stddef.h>

#include "tools.h"

enum { LZW_LEAST_BITS = 9, LZW_MOST_BITS = 16 };

/* Whether the bytes begin as such a file does. */
bool lzw_is_compressed(const char *data, size_t length);

/* Adds the compressed form to `result`. */
void lzw_compress(const char *data, size_t length, int bits, struct text *result);

/* Adds the expanded form; what is wrong with the input, or a null pointer. */
const char *lzw_expand(const char *data, size_t length, struct text *result);

#endif
