/* Searching a stream: selection of lines, context, and all forms of output. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grep.h"
#include "line-filter.h"
#include "tools.h"

static bool printed_group;

static void put_prefix(const char *name, unsigned long long number, char mark)
{
	if (grep_flag.names && grep_flag.color)
		printf("\033[35m\033[K%s\033[m\033[K\033[36m\033[K%c\033[m\033[K", name, mark);
	else if (grep_flag.names)
		printf("%s%c", name, mark);
	if (grep_flag.number && grep_flag.color)
		printf("\033[32m\033[K%llu\033[m\033[K\033[36m\033[K%c\033[m\033[K", number, mark);
	else if (grep_flag.number)
		printf("%llu%c", number, mark);
}

static void put_marked(const char *start, size_t length)
{
	if (grep_flag.color)
		fputs("\033[01;31m\033[K", stdout);
	fwrite(start, 1, length, stdout);
	if (grep_flag.color)
		fputs("\033[m\033[K", stdout);
}

static void put_matches(const char *name, unsigned long long number, const char *line, size_t length)
{
	struct grep_span span;
	for (size_t at = 0; at <= length && grep_find(line, length, at, &span); at = span.end > span.start ? span.end : span.end + 1) {
		if (span.end == span.start)
			continue;
		put_prefix(name, number, ':');
		put_marked(line + span.start, span.end - span.start);
		putchar(grep_flag.ending);
	}
}

static void put_line(const char *name, unsigned long long number, char mark, const char *line, size_t length)
{
	struct grep_span span;
	size_t done = 0;
	put_prefix(name, number, mark);
	if (grep_flag.color && mark == ':' && !grep_flag.invert) {
		for (size_t at = 0; at <= length && grep_find(line, length, at, &span); at = span.end > span.start ? span.end : span.end + 1) {
			fwrite(line + done, 1, span.start - done, stdout);
			if (span.end > span.start)
				put_marked(line + span.start, span.end - span.start);
			done = span.end;
		}
	}
	fwrite(line + done, 1, length - done, stdout);
	putchar(grep_flag.ending);
}

/* A line that is held for -B: a ring of grep_flag.before. */
struct held {
	char *text;
	size_t length;
};

struct search {
	const char *name;
	struct held *ring; /* line n is at n % before */
	unsigned long long number, last_printed, matches;
	long after_left;
	bool binary;
};

/* The text is written where it is read: a line ends with a NUL byte while it is looked at. */
struct block {
	int fd, error;
	char *data;
	size_t start, end, capacity; /* bytes that were read and not yet taken */
	bool is_last;
};

enum { BLOCK = 1 << 17 };

static bool quiet_output(void)
{
	return grep_flag.stops || grep_flag.count || grep_flag.list || grep_flag.list_others;
}

static void put_context(struct search *search, const char *text, size_t length)
{
	unsigned long long before = (unsigned long long)grep_flag.before;
	unsigned long long first = search->number > before ? search->number - before : 1;
	if (first <= search->last_printed)
		first = search->last_printed + 1;
	if ((grep_flag.before || grep_flag.after) && printed_group && first > search->last_printed + (search->last_printed != 0))
		puts("--");
	printed_group = true;
	for (unsigned long long n = first; n < search->number; n++) {
		const struct held *line = &search->ring[n % before];
		put_line(search->name, n, '-', line->text, line->length);
	}
	put_line(search->name, search->number, ':', text, length);
	search->last_printed = search->number;
	search->after_left = grep_flag.after;
}

static void hold(struct search *search, const char *text, size_t length)
{
	struct held *line = &search->ring[search->number % (unsigned long long)grep_flag.before];
	free(line->text);
	*line = (struct held){duplicate_range(text, length), length};
}

/* A selected line; false if the search of this file may stop. */
static bool take_match(struct search *search, const char *text, size_t length)
{
	search->matches++;
	if ((grep_flag.stops && !grep_flag.count) || grep_flag.quiet || grep_flag.list || grep_flag.list_others || (search->binary && !grep_flag.count))
		return false;
	if (!quiet_output() && grep_flag.only && !grep_flag.invert)
		put_matches(search->name, search->number, text, length);
	else if (!quiet_output() && !grep_flag.only)
		put_context(search, text, length);
	return true;
}

/* Treats one line, which ends with a NUL byte; false if the search of this file may stop. */
static bool take_line(struct search *search, char *text, size_t length)
{
	struct grep_span span;
	bool has_nul = memchr(text, 0, length);
	if (!grep_flag.text && grep_flag.ending && has_nul)
		search->binary = true;
	for (size_t i = 0; search->binary && has_nul && i < length; i++)
		if (!text[i])
			text[i] = '\n'; /* regexec would end there */
	search->number++;
	bool selected = grep_find(text, length, 0, &span) != grep_flag.invert;
	if (selected && !take_match(search, text, length))
		return false;
	if (!selected && search->after_left > 0 && !quiet_output() && !grep_flag.only) {
		search->after_left--;
		put_line(search->name, search->number, '-', text, length);
		search->last_printed = search->number;
	}
	if (grep_flag.before)
		hold(search, text, length);
	return grep_flag.most < 0 || search->matches < (unsigned long long)grep_flag.most || search->after_left > 0;
}

static unsigned long long count_lines(const char *at, const char *end)
{
	unsigned long long lines = 0;
	for (; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++)
		lines++;
	return lines;
}

/* Whole lines that do not match; false if the search of this file may stop. */
static bool pass_lines(struct search *search, const char *at, const char *end)
{
	if (!grep_flag.invert) {
		search->number += grep_flag.number ? count_lines(at, end) : 0;
		return true;
	}
	if (grep_flag.count && !grep_flag.quiet) {
		search->matches += count_lines(at, end);
		return true;
	}
	if (!quiet_output() && !grep_flag.only && !grep_flag.names && !grep_flag.number) {
		search->matches++;
		fwrite(at, 1, (size_t)(end - at), stdout);
		return true;
	}
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		search->number++;
		if (!take_match(search, at, (size_t)(stop - at)))
			return false;
		at = stop + 1;
	}
	return true;
}

/* Whole lines without NUL bytes, of which the filter knows those that may match; false if the search may stop. */
static bool take_filtered(struct search *search, char *at, char *end)
{
	struct grep_span span;
	bool is_plain = !grep_flag.word && !grep_flag.line;
	for (const char *found; (found = filter_find(grep_filter, at, end));) {
		char *before = found > at ? memrchr(at, '\n', (size_t)(found - at)) : NULL, *line = before ? before + 1 : at;
		char *stop = memchr(found, '\n', (size_t)(end - found));
		size_t length = (size_t)(stop - line);
		if (line > at && !pass_lines(search, at, line))
			return false;
		at = stop + 1;
		bool is_match = is_plain && filter_is_sure(grep_filter, line, length);
		if (!is_match) {
			*stop = 0;
			is_match = grep_find(line, length, 0, &span);
			*stop = '\n';
		}
		if (!is_match) {
			if (!pass_lines(search, line, at))
				return false;
			continue;
		}
		search->number++;
		if (grep_flag.invert)
			continue;
		*stop = 0;
		bool goes_on = take_match(search, line, length);
		*stop = '\n';
		if (!goes_on)
			return false;
	}
	return at == end || pass_lines(search, at, end);
}

static bool looks_binary(int fd)
{
	char head[4096];
	if (grep_flag.text || grep_flag.ending == 0 || grep_flag.quiet)
		return false;
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t length = at < 0 ? 0 : pread(fd, head, sizeof head, at);
	return length > 0 && memchr(head, 0, (size_t)length);
}

/* Reads until there are whole lines, the last one with an ending; where they end, null where nothing is left. */
static char *more_lines(struct block *block)
{
	memmove(block->data, block->data + block->start, block->end - block->start);
	block->end -= block->start;
	block->start = 0;
	while (!block->is_last) {
		if (block->capacity - block->end <= BLOCK / 2)
			block->data = reallocate(block->data, (block->capacity = block->capacity * 2 + BLOCK) + 1);
		ssize_t length = read(block->fd, block->data + block->end, block->capacity - block->end);
		if (length < 0 && errno == EINTR)
			continue;
		block->error = length < 0 ? errno : 0;
		block->is_last = length <= 0;
		char *from = block->data + block->end, *last = length > 0 ? memrchr(from, grep_flag.ending, (size_t)length) : NULL;
		block->end += length > 0 ? (size_t)length : 0;
		if (last)
			return last + 1;
	}
	if (block->end && block->data[block->end - 1] != grep_flag.ending)
		block->data[block->end++] = grep_flag.ending;
	return block->end ? block->data + block->end : NULL;
}

static void put_summary(const struct search *search)
{
	if (grep_flag.count && !grep_flag.quiet) {
		if (grep_flag.names)
			printf("%s:", search->name);
		printf("%llu\n", search->matches);
	}
	if ((grep_flag.list && search->matches) || (grep_flag.list_others && !search->matches))
		puts(search->name);
	if (search->binary && search->matches && !quiet_output())
		warnx("%s: binary file matches", search->name);
}

bool grep_search(int fd, const char *name, int *error)
{
	static struct block block;
	struct search search = {.name = name, .binary = looks_binary(fd)};
	if (search.binary && grep_flag.skip_binary)
		return false;
	size_t slots = (size_t)grep_flag.before;
	search.ring = allocate((slots + 1) * sizeof *search.ring);
	memset(search.ring, 0, (slots + 1) * sizeof *search.ring);
	block = (struct block){.fd = fd, .data = block.data, .capacity = block.capacity};
	bool uses_filter = grep_filter && !grep_flag.before && !grep_flag.after && grep_flag.most < 0 && grep_flag.ending == '\n' && !search.binary;
	char *end = NULL;
	for (bool more = grep_flag.most != 0; more && (end = more_lines(&block));) {
		char *at = block.data;
		uses_filter &= !memchr(at, 0, (size_t)(end - at));
		if (uses_filter)
			more = take_filtered(&search, at, end);
		for (char *stop; !uses_filter && more && at < end; at = stop + 1) {
			stop = memchr(at, grep_flag.ending, (size_t)(end - at));
			*stop = 0;
			more = take_line(&search, at, (size_t)(stop - at));
		}
		block.start = (size_t)((more || uses_filter ? end : at) - block.data);
	}
	if (grep_flag.most >= 0 && block.end > block.start)
		lseek(fd, -(off_t)(block.end - block.start), SEEK_CUR);
	*error = block.error;
	put_summary(&search);
	for (size_t i = 0; i < slots; i++)
		free(search.ring[i].text);
	free(search.ring);
	return search.matches > 0;
}
