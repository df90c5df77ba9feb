/* Where awk's records come from and its output goes: operands, files, pipes. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "awk.h"
#include "files.h"
#include "tools.h"

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
	bool found = !regular_find(awk_dynamic_pattern(separator), start, 1, &match, 0) && match.rm_eo > match.rm_so;
	size_t length = found ? (size_t)match.rm_so : left - (start[left - 1] == '\n');
	source->at += found ? (size_t)match.rm_eo : left;
	return awk_string(start, length);
}

static struct awk_string *read_record(struct source *source)
{
	static char *line;
	static size_t capacity;
	struct awk_string *separator = awk_to_string(awk_globals[AWK_RS].value, false), *record = NULL;
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
			main_source = (struct source){.file = strcmp(name->data, "-") ? open_wide(name->data) : stdin};
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
		if (ferror(main_source.file)) {
			const char *reason = strerror(errno);
			struct awk_string *name = awk_to_string(awk_globals[AWK_FILENAME].value, false);
			awk_fail("error reading input file `%s': %s", name->length ? name->data : "-", reason);
		}
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
		if (!strcmp(stream->name, name) && (stream->kind == kind || (stream->kind == '>' && kind == T_APPEND) || (stream->kind == T_APPEND && kind == '>')))
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
	return *record ? 1 : ferror(stream->source.file) ? -1 : 0;
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
