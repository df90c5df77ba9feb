/* Characters of the locale in text. */
#include "characters.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <wctype.h>

#include "tools.h"

size_t character_size(const char *text, size_t length)
{
	size_t size = 1;
	if (*text & 0x80 && MB_CUR_MAX > 1)
		utf8_decode(text, length, &size);
	return size;
}

size_t character_count(const char *text, size_t length)
{
	size_t count = 0;
	for (size_t at = 0; at < length; at += character_size(text + at, length - at))
		count++;
	return count;
}

size_t character_offset(const char *text, size_t length, size_t count)
{
	size_t at = 0;
	for (; at < length && count; count--)
		at += character_size(text + at, length - at);
	return at;
}

void add_in_case(struct text *result, const char *character, size_t size, bool to_upper)
{
	unsigned char byte = (unsigned char)*character;
	if (byte < 0x80) {
		text_char(result, (char)(to_upper ? toupper(byte) : tolower(byte)));
		return;
	}
	char bytes[MB_LEN_MAX];
	uint32_t code = utf8_decode(character, size, &size);
	int length = size > 1 ? wctomb(bytes, (wchar_t)(to_upper ? towupper(code) : towlower(code))) : -1;
	text_add(result, length > 0 ? bytes : character, length > 0 ? (size_t)length : size);
}

/* Adds one character in the case that \u \l \U \L ask for, `once` before `lasting`; returns its size. */
size_t add_cased(struct text *result, const char *character, size_t length, char *once, char lasting)
{
	char how = *once ? *once : lasting;
	size_t size = character_size(character, length);
	*once = 0;
	if (how)
		add_in_case(result, character, size, how == 'u' || how == 'U');
	else
		text_add(result, character, size);
	return size;
}
