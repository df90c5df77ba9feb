/* Memory that is there or ends the program, and growing strings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

void *reallocate(void *block, size_t size)
{
	void *result = realloc(block, size ? size : 1);
	if (!result)
		errx(usage_status, "memory exhausted");
	return result;
}

void *allocate(size_t size)
{
	return reallocate(NULL, size);
}

char *duplicate_range(const char *start, size_t length)
{
	char *copy = allocate(length + 1);
	memcpy(copy, start, length);
	copy[length] = 0;
	return copy;
}

char *duplicate(const char *string)
{
	return duplicate_range(string, strlen(string));
}

char *format_text(const char *format, ...)
{
	va_list arguments;
	char *result;
	va_start(arguments, format);
	if (vasprintf(&result, format, arguments) < 0)
		errx(usage_status, "memory exhausted");
	va_end(arguments);
	return result;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
	if (text->length + length + 1 > text->capacity) {
		text->capacity = (text->length + length + 1) * 2 + 30;
		text->data = reallocate(text->data, text->capacity);
	}
	if (length)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = 0;
}

void text_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_char(struct text *text, char character)
{
	text_add(text, &character, 1);
}

void text_format(struct text *text, const char *format, ...)
{
	va_list arguments;
	char *result;
	va_start(arguments, format);
	if (vasprintf(&result, format, arguments) < 0)
		errx(usage_status, "memory exhausted");
	va_end(arguments);
	text_string(text, result);
	free(result);
}

void text_clear(struct text *text)
{
	text->length = 0;
	text_add(text, "", 0);
}

void text_free(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

char *text_take(struct text *text)
{
	if (!text->data)
		text_clear(text);
	char *data = text->data;
	*text = (struct text){0};
	return data;
}
