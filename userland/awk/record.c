/* Records and fields of awk, and its open files and pipes. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "awk.h"
#include "tools.h"

/* fields[0] is $0; the others are valid if split, $0 is valid unless stale. */
static struct awk_value *fields;
static long field_count, field_room;
static bool is_split = true, is_stale;

/* An input: with RS that is a regular expression, what was read ahead of the record. */
struct source {
	FILE *file;
	struct text ahead;
	size_t at;
	bool ended;
};

static struct source main_source;
static bool operands_begun;
static int operand = 1;

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
	if (regcomp(&cache[slot].pattern, text, REG_EXTENDED))
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
		for (; at < end; at++)
			add(context, ++count, at, 1);
		return count;
	}
	if (!pattern && separator->length > 1)
		pattern = awk_dynamic_pattern(separator->data);
	const char *start = at;
	for (regmatch_t match; at <= end;) {
		const char *stop = NULL, *next = NULL;
		if (pattern) {
			if (!regexec(pattern, at, 1, &match, at > text->data ? REG_NOTBOL : 0)) {
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

/* RS empty: records are separated by empty lines. */
static struct awk_string *read_paragraph(FILE *file)
{
	struct text record = {0};
	int c = getc(file);
	while (c == '\n')
		c = getc(file);
	if (c == EOF)
		return NULL;
	for (; c != EOF; c = getc(file)) {
		if (c == '\n' && record.length && record.data[record.length - 1] == '\n')
			break;
		text_char(&record, (char)c);
	}
	while (record.length && record.data[record.length - 1] == '\n')
		record.length--;
	struct awk_string *string = awk_string(record.data, record.length);
	text_free(&record);
	return string;
}

static struct awk_string *read_by_pattern(struct source *source, const char *separator)
{
	char block[4096];
	regmatch_t match;
	for (size_t length; !source->ended && (length = fread(block, 1, sizeof block, source->file)) > 0;)
		text_add(&source->ahead, block, length);
	source->ended = true;
	size_t left = source->ahead.length - source->at;
	if (!left)
		return NULL;
	const char *start = source->ahead.data + source->at;
	bool found = !regexec(awk_dynamic_pattern(separator), start, 1, &match, 0) && match.rm_eo > match.rm_so;
	size_t length = found ? (size_t)match.rm_so : left - (start[left - 1] == '\n');
	source->at += found ? (size_t)match.rm_eo : left;
	return awk_string(start, length);
}

static struct awk_string *read_record(struct source *source)
{
	static char *line;
	static size_t capacity;
	struct awk_string *separator = text_of(AWK_RS), *record = NULL;
	if (!separator->length) {
		record = read_paragraph(source->file);
	} else if (separator->length == 1) {
		ssize_t length = getdelim(&line, &capacity, (unsigned char)separator->data[0], source->file);
		if (length >= 0)
			record = awk_string(line, (size_t)length - (line[length - 1] == separator->data[0]));
	} else {
		record = read_by_pattern(source, separator->data);
	}
	awk_drop(separator);
	return record;
}

bool awk_is_assignment(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	return length && text[length] == '=' && !isdigit((unsigned char)text[0]);
}

void awk_assign_operand(const char *text)
{
	const char *equals = strchr(text, '=');
	char *name = duplicate_range(text, (size_t)(equals - text));
	struct awk_string *value = awk_unescape(equals + 1, strlen(equals + 1));
	awk_set_global(awk_global(name), (struct awk_value){.kind = AWK_INPUT, .string = value});
	free(name);
}

/* Opens the next operand that is a file; standard input if there was none. */
static bool open_next(void)
{
	for (;; operand++) {
		if (operand >= (int)awk_to_number(awk_globals[AWK_ARGC].value)) {
			if (operands_begun)
				return false;
			operands_begun = true;
			main_source = (struct source){.file = stdin};
			return true;
		}
		struct awk_value index = awk_number(operand);
		struct awk_string *key = awk_to_string(index, false);
		struct awk_array *arguments = awk_cell_array(&awk_globals[AWK_ARGV]);
		struct awk_string *name = awk_array_has(arguments, key) ? awk_to_string(*awk_array_at(arguments, key), false) : awk_string("", 0);
		awk_drop(key);
		if (awk_is_assignment(name->data)) {
			awk_assign_operand(name->data);
		} else if (name->length) {
			operands_begun = true;
			main_source = (struct source){.file = strcmp(name->data, "-") ? fopen(name->data, "r") : stdin};
			if (!main_source.file)
				awk_fail("cannot open %s (%s)", name->data, strerror(errno));
			awk_set_global(AWK_FILENAME, awk_copy(awk_own(name)));
			awk_set_global(AWK_FNR, awk_number(0));
			awk_drop(name);
			operand++;
			return true;
		}
		awk_drop(name);
	}
}

void awk_next_file(void)
{
	if (main_source.file && main_source.file != stdin)
		fclose(main_source.file);
	main_source.file = NULL;
}

bool awk_next_record(struct awk_string **record)
{
	for (;;) {
		if (!main_source.file && !open_next())
			return false;
		*record = read_record(&main_source);
		if (*record)
			break;
		awk_next_file();
	}
	awk_set_global(AWK_NR, awk_number(awk_to_number(awk_globals[AWK_NR].value) + 1));
	awk_set_global(AWK_FNR, awk_number(awk_to_number(awk_globals[AWK_FNR].value) + 1));
	return true;
}

/* Files and commands by name; kind: > T_APPEND | of print, < and c (a command) of getline. */
struct stream {
	struct stream *next;
	char *name;
	int kind;
	struct source source;
};
static struct stream *streams;

static struct stream *open_stream(const char *name, int kind)
{
	for (struct stream *stream = streams; stream; stream = stream->next)
		if (!strcmp(stream->name, name) && (stream->kind == kind || (stream->kind == '>' && kind == T_APPEND)))
			return stream;
	fflush(NULL);
	FILE *file;
	if (kind == '|' || kind == 'c')
		file = popen(name, kind == '|' ? "w" : "r");
	else if (kind == '<')
		file = strcmp(name, "-") ? fopen(name, "r") : stdin;
	else
		file = !strcmp(name, "/dev/stdout") || !strcmp(name, "-") ? stdout : !strcmp(name, "/dev/stderr") ? stderr : fopen(name, kind == '>' ? "w" : "a");
	if (!file)
		return NULL;
	struct stream *stream = allocate(sizeof *stream);
	*stream = (struct stream){streams, duplicate(name), kind, {.file = file}};
	return streams = stream;
}

int awk_read_from(const char *name, bool command, struct awk_string **record)
{
	struct stream *stream = open_stream(name, command ? 'c' : '<');
	if (!stream)
		return -1;
	*record = read_record(&stream->source);
	return *record ? 1 : 0;
}

FILE *awk_output(const char *name, int kind)
{
	struct stream *stream = open_stream(name, kind);
	if (!stream)
		awk_fail("cannot open \"%s\" for output (%s)", name, strerror(errno));
	return stream->source.file;
}

static int close_stream(struct stream *stream)
{
	FILE *file = stream->source.file;
	int status = 0;
	if (stream->kind == '|' || stream->kind == 'c') {
		status = pclose(file);
		status = WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
	} else if (file != stdout && file != stderr && file != stdin) {
		status = fclose(file);
	}
	free(stream->name);
	text_free(&stream->source.ahead);
	free(stream);
	return status;
}

int awk_close(const char *name)
{
	int status = -1;
	for (struct stream **link = &streams; *link;) {
		struct stream *stream = *link;
		if (strcmp(stream->name, name)) {
			link = &stream->next;
			continue;
		}
		*link = stream->next;
		status = close_stream(stream);
	}
	return status;
}

void awk_close_all(void)
{
	fflush(stdout);
	while (streams) {
		struct stream *stream = streams;
		streams = stream->next;
		close_stream(stream);
	}
}

int awk_flush(const char *name)
{
	if (!name)
		return fflush(NULL);
	for (struct stream *stream = streams; stream; stream = stream->next)
		if (!strcmp(stream->name, name))
			return fflush(stream->source.file);
	return -1;
}
