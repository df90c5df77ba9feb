/*
 * Tests in the form of XCU's file: "offset type value message", fields between tabs or blanks; > in front of the offset: only where the
 * one before without it held. Types: d and u with 1, 2, 4, 8, C, S, I or L behind and a &mask, s, and byte, short, long, string.
 */
#include "magic.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

struct magic_test {
	struct magic_test *next;
	bool is_below, is_text, is_signed;
	size_t offset, size; /* of the number */
	char comparison;     /* = < > & ^ x */
	uint64_t mask, number;
	struct text value;
	char *message;
};

static char *take_field(char **at)
{
	char *start = *at + strspn(*at, " \t"), *end = start;
	for (; *end && *end != ' ' && *end != '\t'; end++)
		end += *end == '\\' && end[1];
	*at = *end ? end + 1 : end;
	*end = 0;
	return start;
}

/* d4&0xff and the like; false: it is no type. */
static bool read_type(struct magic_test *test, const char *type)
{
	static const struct {
		const char *name, *means;
	} names[] = {{"byte", "dC"}, {"short", "dS"}, {"long", "dL"}, {"string", "s"}};
	static const struct {
		char letter;
		size_t size;
	} sizes[] = {{'C', sizeof(char)}, {'S', sizeof(short)}, {'I', sizeof(int)}, {'L', sizeof(long)}, {'1', 1}, {'2', 2}, {'4', 4}, {'8', 8}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strncmp(type, names[i].name, strlen(names[i].name)))
			type = type[strlen(names[i].name)] == '&' && names[i].means[1] ? format_text("%s%s", names[i].means, type + strlen(names[i].name)) : names[i].means;
	test->is_text = *type == 's';
	test->is_signed = *type == 'd';
	test->size = sizeof(int);
	test->mask = UINT64_MAX;
	if (!strchr("dus", *type) || !*type)
		return false;
	type++;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !test->is_text; i++) {
		if (*type == sizes[i].letter) {
			test->size = sizes[i].size;
			type++;
			break;
		}
	}
	char *end = (char *)type;
	if (*type == '&' && !test->is_text)
		test->mask = strtoull(type + 1, &end, 0);
	return !*end;
}

/* A text with \n, \ooo and their relatives. */
static void read_text(struct text *value, const char *text)
{
	static const char letters[] = "abfnrtv", bytes[] = "\a\b\f\n\r\t\v";
	text_clear(value);
	while (*text) {
		if (*text != '\\' || !text[1]) {
			text_char(value, *text++);
			continue;
		}
		text++;
		const char *letter = strchr(letters, *text);
		if (*text >= '0' && *text <= '7') {
			int code = 0;
			for (int digits = 0; digits < 3 && *text >= '0' && *text <= '7'; digits++)
				code = code * 8 + *text++ - '0';
			text_char(value, (char)code);
		} else {
			text_char(value, letter ? bytes[letter - letters] : *text);
			text++;
		}
	}
}

static struct magic_test *read_line_of(char *line)
{
	struct magic_test *test = allocate(sizeof *test);
	*test = (struct magic_test){.comparison = '='};
	char *offset = take_field(&line), *type = take_field(&line), *value = take_field(&line), *end;
	test->is_below = *offset == '>';
	test->offset = strtoull(offset + test->is_below, &end, 0);
	if (*end || end == offset + test->is_below || !read_type(test, type) || !*value) {
		free(test);
		return NULL;
	}
	test->message = duplicate(line + strspn(line, " \t"));
	if (test->is_text) {
		read_text(&test->value, value);
		return test;
	}
	if (strchr("=<>&^x", *value))
		test->comparison = *value++;
	test->number = strtoull(value, &end, 0);
	return test;
}

struct magic_test *magic_read(const char *path, struct magic_test *before)
{
	struct magic_test *first = NULL, **last = &first;
	while (before && before->next)
		before = before->next;
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t capacity = 0;
	if (!file)
		err(1, "%s", path);
	for (ssize_t length; (length = getline(&line, &capacity, file)) > 0;) {
		line[length - (line[length - 1] == '\n')] = 0;
		if (!*line || *line == '#')
			continue;
		char *shown = duplicate(line);
		*last = read_line_of(line);
		if (!*last)
			errx(1, "%s: not a test: %s", path, shown);
		free(shown);
		last = &(*last)->next;
	}
	free(line);
	fclose(file);
	if (before)
		before->next = first;
	return first;
}

/* The number at the test's offset, as this machine stores it. */
static uint64_t number_at(const struct magic_test *test, const unsigned char *data)
{
	uint64_t number = 0;
	memcpy(&number, data + test->offset, test->size); /* lowest byte first */
	if (test->is_signed && test->size < 8 && number >> (test->size * 8 - 1))
		number |= UINT64_MAX << (test->size * 8);
	return number & test->mask;
}

static bool holds(const struct magic_test *test, const unsigned char *data, size_t length)
{
	size_t size = test->is_text ? test->value.length : test->size;
	if (test->offset > length || size > length - test->offset)
		return false;
	if (test->is_text)
		return !memcmp(data + test->offset, test->value.data, size);
	uint64_t number = number_at(test, data);
	bool is_less = test->is_signed ? (int64_t)number < (int64_t)test->number : number < test->number;
	switch (test->comparison) {
	case '<': return is_less;
	case '>': return !is_less && number != test->number;
	case '&': return (number & test->number) == test->number;
	case '^': return (number & test->number) != test->number;
	case 'x': return true;
	default: return number == test->number;
	}
}

/* As printf(1) does, with the text or the number as its argument. */
static void print_message(const struct magic_test *test, const unsigned char *data)
{
	uint64_t number = test->is_text ? 0 : number_at(test, data);
	char *value = test->is_text     ? duplicate(test->value.data)
				  : test->is_signed ? format_text("%lld", (long long)number)
									: format_text("%llu", (unsigned long long)number);
	char *arguments[] = {"printf", "--", test->message, value, NULL};
	fflush(stdout);
	printf_command(strchr(test->message, '%') ? 4 : 3, arguments);
	free(value);
}

bool magic_print(const struct magic_test *tests, const unsigned char *data, size_t length)
{
	for (const struct magic_test *test = tests; test; test = test->next) {
		if (test->is_below || !holds(test, data, length))
			continue;
		print_message(test, data);
		for (test = test->next; test && test->is_below; test = test->next) {
			if (!holds(test, data, length))
				continue;
			putchar(' ');
			print_message(test, data);
		}
		return true;
	}
	return false;
}
