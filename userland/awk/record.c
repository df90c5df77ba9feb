/* The record of awk and its fields. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "awk.h"
#include "characters.h"
#include "tools.h"

/* fields[0] is $0; the others are valid if split, $0 is valid unless stale. */
static struct awk_value *fields;
static long field_count, field_room;
static bool is_split = true, is_stale;

static void reserve(long count)
{
	if (count < field_room)
		return;
	fields = reallocate(fields, sizeof *fields * (size_t)(count + 32));
	memset(fields + field_room, 0, sizeof *fields * (size_t)(count + 32 - field_room));
	field_room = count + 32;
}

static struct awk_string *text_of(int special)
{
	return awk_to_string(awk_globals[special].value, false);
}

const regex_t *awk_dynamic_pattern(const char *text)
{
	static struct {
		char *text;
		regex_t pattern;
	} cache[32];
	static size_t next;
	for (size_t i = 0; i < 32; i++)
		if (cache[i].text && !strcmp(cache[i].text, text))
			return &cache[i].pattern;
	size_t slot = next++ % 32;
	if (cache[slot].text) {
		free(cache[slot].text);
		regfree(&cache[slot].pattern);
	}
	cache[slot].text = duplicate(text);
	if (regular_compile(&cache[slot].pattern, text, REG_EXTENDED))
		errx(2, "bad regular expression /%s/", text);
	return &cache[slot].pattern;
}

long awk_split(struct awk_string *text, const struct awk_string *separator, const regex_t *pattern,
	void (*add)(void *context, long number, const char *start, size_t length), void *context)
{
	const char *at = text->data, *end = at + text->length;
	long count = 0;
	if (!pattern && separator->length == 1 && separator->data[0] == ' ') {
		for (;;) {
			while (at < end && isspace((unsigned char)*at))
				at++;
			if (at == end)
				return count;
			const char *start = at;
			while (at < end && !isspace((unsigned char)*at))
				at++;
			add(context, ++count, start, (size_t)(at - start));
		}
	}
	if (at == end)
		return 0;
	if (!pattern && !separator->length) {
		for (size_t size; at < end; at += size) {
			size = character_size(at, (size_t)(end - at));
			add(context, ++count, at, size);
		}
		return count;
	}
	if (!pattern && separator->length > 1)
		pattern = awk_dynamic_pattern(separator->data);
	const char *start = at;
	for (regmatch_t match; at <= end;) {
		const char *stop = NULL, *next = NULL;
		if (pattern) {
			if (!regular_find(pattern, at, 1, &match, at > text->data ? REG_NOTBOL : 0)) {
				stop = at + match.rm_so;
				next = at + match.rm_eo;
			}
		} else if ((stop = memchr(at, separator->data[0], (size_t)(end - at)))) {
			next = stop + 1;
		}
		if (stop && next == stop) { /* an empty match separates nothing */
			if (++at > end)
				break;
			continue;
		}
		add(context, ++count, start, (size_t)((stop ? stop : end) - start));
		if (!stop)
			return count;
		start = at = next;
	}
	add(context, ++count, start, (size_t)(end - start));
	return count;
}

static void add_field(void *context, long number, const char *start, size_t length)
{
	(void)context;
	reserve(number);
	awk_release(fields[number]);
	fields[number] = awk_input(start, length);
}

static void store_count(long count)
{
	awk_release(awk_globals[AWK_NF].value);
	awk_globals[AWK_NF].value = awk_number((double)count);
	field_count = count;
}

static void split_record(void)
{
	if (is_split)
		return;
	is_split = true;
	struct awk_string *separator = text_of(AWK_FS), *record = awk_to_string(fields[0], false);
	/* With RS empty a newline always separates. */
	struct awk_string *record_separator = text_of(AWK_RS);
	if (!record_separator->length && separator->length == 1 && separator->data[0] != ' ') {
		char *both = format_text(strchr("\\^[]", separator->data[0]) ? "\\%c|\n" : "[%c]|\n", separator->data[0]);
		awk_drop(separator);
		separator = awk_string(both, strlen(both));
		free(both);
	} else if (separator->length == 1 && separator->data[0] == '\\') {
		awk_drop(separator);
		separator = awk_string("[\\\\]", 4);
	}
	store_count(awk_split(record, separator, NULL, add_field, NULL));
	awk_drop(record_separator);
	awk_drop(separator);
	awk_drop(record);
}

static void join_record(void)
{
	if (!is_stale)
		return;
	is_stale = false;
	struct text record = {0};
	struct awk_string *separator = text_of(AWK_OFS);
	text_string(&record, "");
	for (long i = 1; i <= field_count; i++) {
		struct awk_string *text = awk_to_string(fields[i], false);
		if (i > 1)
			text_add(&record, separator->data, separator->length);
		text_add(&record, text->data, text->length);
		awk_drop(text);
	}
	awk_drop(separator);
	awk_release(fields[0]);
	fields[0] = awk_input(record.data, record.length);
	text_free(&record);
}

void awk_set_record(struct awk_string *record)
{
	reserve(0);
	awk_release(fields[0]);
	fields[0] = (struct awk_value){.kind = AWK_INPUT, .string = record};
	is_split = is_stale = false;
}

struct awk_value awk_field(long number)
{
	if (number < 0)
		awk_fail("attempt to access field %ld", number);
	reserve(0);
	if (number == 0) {
		join_record();
		return awk_copy(fields[0]);
	}
	split_record();
	return number <= field_count ? awk_copy(fields[number]) : (struct awk_value){0};
}

void awk_set_field(long number, struct awk_value value)
{
	if (number < 0)
		awk_fail("attempt to access field %ld", number);
	if (number == 0) {
		awk_set_record(awk_to_string(value, false));
		awk_release(value);
		return;
	}
	split_record();
	if (number > field_count)
		awk_set_field_count(number);
	awk_release(fields[number]);
	fields[number] = value;
	is_stale = true;
}

double awk_field_count(void)
{
	split_record();
	return (double)field_count;
}

void awk_set_field_count(long count)
{
	split_record();
	reserve(count);
	for (long i = field_count + 1; i <= count; i++) {
		awk_release(fields[i]);
		fields[i] = (struct awk_value){0};
	}
	store_count(count);
	is_stale = true;
}
