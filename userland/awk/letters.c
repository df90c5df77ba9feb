/* What awk does by characters: case, %s and %c. */
#include <stdlib.h>
#include <string.h>

#include "awk.h"
#include "characters.h"
#include "tools.h"

size_t awk_count(struct awk_string *text)
{
	if (!text->count)
		text->count = character_count(text->data, text->length) + 1;
	return text->count - 1;
}

struct awk_string *awk_change_case(const struct awk_string *text, bool to_upper)
{
	struct text result = {0};
	text_string(&result, "");
	for (size_t at = 0, size; at < text->length; at += size) {
		size = character_size(text->data + at, text->length - at);
		add_in_case(&result, text->data + at, size, to_upper);
	}
	struct awk_string *string = awk_string(result.data, result.length);
	text_free(&result);
	return string;
}

size_t awk_encode(char *bytes, double number)
{
	unsigned code = (unsigned)(long long)number;
	int length = MB_CUR_MAX > 1 && number >= 128 ? wctomb(bytes, (wchar_t)code) : -1;
	if (length > 0)
		return (size_t)length;
	bytes[0] = (char)code;
	return 1;
}

void awk_add_padded(struct text *result, const char *specification, const char *text, size_t length, bool is_character)
{
	bool is_left = false;
	const char *at = specification + 1;
	for (; *at && strchr("-+ #0", *at); at++)
		is_left |= *at == '-';
	size_t width = strtoul(at, (char **)&at, 10);
	if (*at == '.' && !is_character) {
		const char *digits = at + 1;
		if (*digits != '-') /* a negative one is as if there were none */
			length = character_offset(text, length, strtoul(digits, NULL, 10));
	}
	size_t count = character_count(text, length);
	for (size_t i = count; i < width && !is_left; i++)
		text_char(result, ' ');
	text_add(result, text, length);
	for (size_t i = count; i < width && is_left; i++)
		text_char(result, ' ');
}
