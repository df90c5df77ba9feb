/*
 * memset(3) and memcmp(3) by words. The compiler's own library has them as loops over bytes, which take the place of
 * libc's; these take theirs. Addresses of words are aligned: not each machine reads others, or reads them fast.
 */
#include <stdint.h>
#include <string.h>

enum { WORD = sizeof(uint64_t), FEW = 16 };

typedef uint64_t __attribute__((may_alias)) word;

/* Otherwise the loops below would be recognized as calls of what they make. */
__attribute__((no_builtin("memset"))) void *memset(void *start, int byte, size_t count)
{
	unsigned char *at = start, *end = at + count;
	if (count >= FEW) {
		word pattern = (unsigned char)byte * 0x0101010101010101u;
		for (; (uintptr_t)at % WORD; at++)
			*at = (unsigned char)byte;
		for (; (size_t)(end - at) >= 4 * WORD; at += 4 * WORD) {
			word *words = (word *)at;
			words[0] = words[1] = words[2] = words[3] = pattern;
		}
		for (; (size_t)(end - at) >= WORD; at += WORD)
			*(word *)at = pattern;
	}
	for (; at < end; at++)
		*at = (unsigned char)byte;
	return start;
}

__attribute__((no_builtin("memcmp"))) int memcmp(const void *left, const void *right, size_t count)
{
	const unsigned char *a = left, *b = right, *end = a + count;
	if (count >= FEW && (uintptr_t)a % WORD == (uintptr_t)b % WORD) {
		for (; (uintptr_t)a % WORD && *a == *b; a++, b++)
			continue;
		if ((uintptr_t)a % WORD == 0)
			for (; (size_t)(end - a) >= WORD && *(const word *)a == *(const word *)b; a += WORD, b += WORD)
				continue;
	}
	for (; a < end; a++, b++)
		if (*a != *b)
			return *a - *b;
	return 0;
}
