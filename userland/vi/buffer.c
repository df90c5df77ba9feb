/* The text of vi: an array of lines. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vi.h"

struct buffer buffer;

void buffer_insert(int at, const char *bytes, int length)
{
	if (buffer.count == buffer.capacity) {
		buffer.capacity = buffer.capacity * 2 + 64;
		buffer.lines = reallocate(buffer.lines, (size_t)buffer.capacity * sizeof *buffer.lines);
	}
	memmove(buffer.lines + at + 1, buffer.lines + at,
			(size_t)(buffer.count - at) * sizeof *buffer.lines);
	buffer.lines[at] = (struct line){duplicate_range(bytes, (size_t)length), length, false};
	buffer.count++;
	buffer.modified = true;
	buffer.version++;
	buffer.has_no_lines = false;
}

void buffer_remove(int at, int count)
{
	for (int i = at; i < at + count; i++)
		free(buffer.lines[i].bytes);
	memmove(buffer.lines + at, buffer.lines + at + count,
	        (size_t)(buffer.count - at - count) * sizeof *buffer.lines);
	buffer.count -= count;
	buffer.modified = true;
	buffer.version++;
}

void buffer_clear(void)
{
	buffer_remove(0, buffer.count);
}

void buffer_replace(int at, const char *bytes, int length)
{
	char *copy = duplicate_range(bytes, (size_t)length);
	free(buffer.lines[at].bytes);
	buffer.lines[at] = (struct line){copy, length, buffer.lines[at].is_marked};
	buffer.modified = true;
	buffer.version++;
	buffer.has_no_lines = false;
}

void buffer_splice(struct position at, int removed, const char *bytes, int length)
{
	struct line *line = &buffer.lines[at.line];
	char *result = allocate((size_t)(line->length - removed + length) + 1);
	memcpy(result, line->bytes, (size_t)at.column);
	memcpy(result + at.column, bytes, (size_t)length);
	strcpy(result + at.column + length, line->bytes + at.column + removed);
	free(line->bytes);
	line->bytes = result;
	line->length += length - removed;
	buffer.modified = true;
	buffer.version++;
	buffer.has_no_lines = false;
}

/* Those but tabs, newlines and form feeds; what is left of the length. */
static ssize_t drop_control_characters(char *line, ssize_t length)
{
	ssize_t kept = 0;
	for (ssize_t i = 0; i < length; i++) {
		bool stays = !iscntrl((unsigned char)line[i]) || strchr("\t\f", line[i]) || i == length - 1;
		if (stays)
			line[kept++] = line[i];
	}
	return kept;
}

bool buffer_load(const char *name, int at, int *lines, long *bytes)
{
	struct stat status;
	char *line = NULL;
	size_t size = 0;
	*lines = 0;
	*bytes = 0;
	FILE *file = fopen(name, "re");
	if (file && fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
		fclose(file);
		errno = EISDIR;
		return false;
	}
	if (!file)
		return false;
	buffer.lacks_newline = false;
	for (ssize_t length; (length = getline(&line, &size, file)) > 0; at++, ++*lines) {
		bool ended = line[length - 1] == '\n';
		*bytes += length;
		for (ssize_t i = 0; i < length; i++) /* a NUL would end the line here */
			if (!line[i])
				line[i] = '\n';
		if (editor.options.beautify)
			length = drop_control_characters(line, length);
		buffer_insert(at, line, (int)length - ended);
		buffer.lacks_newline = !ended;
	}
	free(line);
	fclose(file);
	return true;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(fd, bytes, length);
		if (written < 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

bool buffer_save(const char *name, int first, int last, bool append, int *lines, long *bytes)
{
	struct text text = {0};
	bool whole = first == 0 && last == buffer.count - 1;
	bool is_empty = whole && buffer.has_no_lines;
	text_clear(&text);
	for (int i = first; i <= last && !is_empty; i++) {
		size_t start = text.length;
		text_add(&text, buffer.lines[i].bytes, (size_t)buffer.lines[i].length);
		for (size_t c = start; c < text.length; c++)
			if (text.data[c] == '\n')
				text.data[c] = 0;
		if (i < buffer.count - 1 || !buffer.lacks_newline)
			text_char(&text, '\n');
	}
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0666);
	bool done = fd >= 0 && write_all(fd, text.data, text.length);
	int error = errno;
	if (fd >= 0 && close(fd) < 0 && done) {
		error = errno;
		done = false;
	}
	*lines = is_empty ? 0 : last - first + 1;
	*bytes = (long)text.length;
	text_free(&text);
	if (done && whole && !append && buffer.name && !strcmp(name, buffer.name))
		buffer.modified = false;
	errno = error;
	return done;
}

int next_character(struct position at)
{
	const struct line *line = &buffer.lines[at.line];
	size_t size;
	int column = at.column;
	if (column >= line->length)
		return line->length;
	do {
		utf8_decode(line->bytes + column, (size_t)(line->length - column), &size);
		column += (int)size;
	} while (column < line->length &&
			 utf8_columns(
				 utf8_decode(line->bytes + column, (size_t)(line->length - column), &size)) == 0);
	return column;
}

int previous_character(struct position at)
{
	const struct line *line = &buffer.lines[at.line];
	size_t size;
	int column = at.column;
	while (column > 0) {
		column--;
		while (column > 0 && (line->bytes[column] & 0xc0) == 0x80)
			column--;
		if (utf8_columns(utf8_decode(line->bytes + column, (size_t)(line->length - column), &size)))
			break;
	}
	return column;
}

int character_class(struct position at, bool big_words)
{
	const struct line *line = &buffer.lines[at.line];
	if (at.column >= line->length)
		return -1;
	unsigned char c = (unsigned char)line->bytes[at.column];
	if (c == ' ' || c == '\t')
		return 0;
	return big_words || isalnum(c) || c == '_' || c >= 0x80 ? 1 : 2;
}

int first_nonblank(int line)
{
	int column = (int)strspn(buffer.lines[line].bytes, " \t");
	struct position at = {line, column};
	return column && column == buffer.lines[line].length ? previous_character(at) : column;
}
