/*
 * gencat: make a message catalogue of catopen(3)
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/gencat.html
 *
 * Usage: gencat CATALOGUE FILE...
 * Adds the messages of FILEs to CATALOGUE, or makes it; - is standard input or output. Lines of FILE:
 *   $set N       the messages that follow are of set N (1)
 *   $delset N    set N goes
 *   $quote C     texts stand between two C; without C: not any more
 *   N TEXT       message N; \n \t \\ \101 and their like, a backslash at the end: the text goes on in the next line; N alone: it goes
 *   $ TEXT       a remark
 */
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

/* The file, all numbers highest byte first: MAGIC, sets, bytes behind the header, offsets of messages and texts behind it; then the tables. */
enum { MAGIC = 0xff88ff89, HEADER = 20, ROW = 12 };

static struct message {
	uint32_t set, id;
	char *text;
} *messages;
static size_t count;

static uint32_t number_at(const char *bytes)
{
	uint32_t number;
	memcpy(&number, bytes, sizeof number);
	return be32toh(number);
}

static void remove_message(uint32_t set, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (messages[i].set == set && messages[i].id == id) {
			free(messages[i].text);
			messages[i] = messages[--count];
			return;
		}
}

static void remove_set(uint32_t set)
{
	for (size_t i = count; i-- > 0;)
		if (messages[i].set == set)
			remove_message(set, messages[i].id);
}

static void add_message(uint32_t set, uint32_t id, char *text)
{
	remove_message(set, id);
	messages = reallocate(messages, (count + 1) * sizeof *messages);
	messages[count++] = (struct message){set, id, text};
}

static void read_catalogue(const char *name)
{
	size_t length;
	char *data = read_file(name, &length);
	if (!data && errno == ENOENT)
		return;
	if (!data)
		err(1, "%s", name);
	if (length < HEADER || number_at(data) != MAGIC || number_at(data + 8) != length - HEADER)
		errx(1, "%s: is no message catalogue", name);
	size_t rows = HEADER + number_at(data + 12), texts = HEADER + number_at(data + 16);
	for (uint32_t set = 0; set < number_at(data + 4); set++) {
		const char *row = data + HEADER + (size_t)set * ROW;
		for (uint32_t i = 0; HEADER + (size_t)(set + 1) * ROW <= length && i < number_at(row + 4); i++) {
			size_t place = rows + ((size_t)number_at(row + 8) + i) * ROW;
			size_t text = place + ROW <= length ? texts + number_at(data + place + 8) : length;
			if (text >= length || !memchr(data + text, 0, length - text))
				errx(1, "%s: is damaged", name);
			add_message(number_at(row), number_at(data + place), duplicate(data + text));
		}
	}
	free(data);
}

/* The text of a message up to its end, which a quote is; escapes replaced. */
static char *read_text(const char *text, char quote)
{
	static const char letters[] = "ntvbrf\\\"", bytes[] = "\n\t\v\b\r\f\\\"";
	struct text result = {0};
	text_clear(&result);
	if (quote && *text == quote)
		text++;
	else
		quote = 0;
	while (*text && !(quote && *text == quote)) {
		if (*text != '\\' || !text[1]) {
			text_char(&result, *text++);
			continue;
		}
		const char *letter = strchr(letters, *++text);
		if (*text >= '0' && *text <= '7') {
			int code = 0;
			for (int digits = 0; digits < 3 && *text >= '0' && *text <= '7'; digits++)
				code = code * 8 + *text++ - '0';
			text_char(&result, (char)code);
		} else {
			text_char(&result, letter ? bytes[letter - letters] : *text);
			text++;
		}
	}
	return text_take(&result);
}

/* A line with those that it goes on in; false at the end. */
static bool read_whole_line(FILE *input, struct text *whole)
{
	char *line = NULL;
	size_t capacity = 0;
	bool any = false, goes_on = true;
	text_clear(whole);
	while (goes_on && read_line(input, &line, &capacity, NULL) >= 0) {
		any = true;
		text_string(whole, line);
		size_t slashes = 0;
		while (slashes < whole->length && whole->data[whole->length - 1 - slashes] == '\\')
			slashes++;
		goes_on = slashes % 2;
		if (goes_on)
			whole->data[--whole->length] = 0;
	}
	free(line);
	return any;
}

static uint32_t read_number(const char *text, const char *name, const char *line)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	if (end == text || number < 1 || number > INT32_MAX)
		errx(1, "%s: not a number from 1 on: %s", name, line);
	return (uint32_t)number;
}

static int read_source(FILE *input, const char *name)
{
	struct text line = {0};
	uint32_t set = 1;
	char quote = 0;
	while (read_whole_line(input, &line)) {
		const char *at = line.data;
		if (!strncmp(at, "$set", 4) && isblank((unsigned char)at[4])) {
			set = read_number(at + 4, name, at);
		} else if (!strncmp(at, "$delset", 7) && isblank((unsigned char)at[7])) {
			remove_set(read_number(at + 7, name, at));
		} else if (!strncmp(at, "$quote", 6)) {
			at += 6;
			quote = isblank((unsigned char)*at) ? at[1] : 0;
		} else if (isdigit((unsigned char)*at)) {
			uint32_t id = read_number(at, name, at);
			at += strspn(at, "0123456789");
			if (!*at)
				remove_message(set, id);
			else
				add_message(set, id, read_text(at + 1, quote));
		} else if (*at && !(at[0] == '$' && (!at[1] || isblank((unsigned char)at[1])))) {
			errx(1, "%s: not a line of a message file: %s", name, at);
		}
	}
	text_free(&line);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct message *first = a, *second = b;
	if (first->set != second->set)
		return first->set < second->set ? -1 : 1;
	return first->id < second->id ? -1 : first->id > second->id;
}

static void add_number(struct text *text, size_t number)
{
	uint32_t bytes = htobe32((uint32_t)number);
	text_add(text, (const char *)&bytes, sizeof bytes);
}

static void write_catalogue(const char *name)
{
	struct text sets = {0}, rows = {0}, texts = {0}, header = {0};
	size_t set_count = 0;
	if (count)
		qsort(messages, count, sizeof *messages, compare);
	for (size_t i = 0, end; i < count; i = end, set_count++) {
		for (end = i; end < count && messages[end].set == messages[i].set; end++) {
			add_number(&rows, messages[end].id);
			add_number(&rows, strlen(messages[end].text) + 1);
			add_number(&rows, texts.length);
			text_add(&texts, messages[end].text, strlen(messages[end].text) + 1);
		}
		add_number(&sets, messages[i].set);
		add_number(&sets, end - i);
		add_number(&sets, i);
	}
	add_number(&header, MAGIC);
	add_number(&header, set_count);
	add_number(&header, sets.length + rows.length + texts.length);
	add_number(&header, sets.length);
	add_number(&header, sets.length + rows.length);
	text_add(&header, sets.length ? sets.data : "", sets.length);
	text_add(&header, rows.length ? rows.data : "", rows.length);
	text_add(&header, texts.length ? texts.data : "", texts.length);
	FILE *file = strcmp(name, "-") ? fopen(name, "we") : stdout;
	if (!file || fwrite(header.data, 1, header.length, file) != header.length || fflush(file) != 0)
		err(1, "%s", name);
}

int main(int argc, char **argv)
{
	while (next_option(argc, argv, "") != -1)
		continue;
	if (argc - optind < 2)
		usage_error("missing operand");
	const char *name = argv[optind];
	if (strcmp(name, "-"))
		read_catalogue(name);
	int status = each_input(argv + optind + 1, read_source);
	if (!status)
		write_catalogue(name);
	return status;
}
