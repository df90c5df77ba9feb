/* Searching a stream: selection of lines, context, and all forms of output. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grep.h"
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

/* Lines before a match that may still be wanted: a ring of grep_flag.before. */
struct held {
	char *text;
	size_t length, capacity;
};

struct search {
	const char *name;
	struct held *ring; /* line n is at n % slots */
	size_t slots;
	unsigned long long number, last_printed, matches;
	long after_left;
	bool binary;
};

static void put_context(struct search *search, const struct held *current)
{
	unsigned long long first = search->number > (unsigned long long)grep_flag.before ? search->number - (unsigned long long)grep_flag.before : 1;
	if (first <= search->last_printed)
		first = search->last_printed + 1;
	if ((grep_flag.before || grep_flag.after) && printed_group && first > search->last_printed + (search->last_printed != 0))
		puts("--");
	printed_group = true;
	for (unsigned long long n = first; n < search->number; n++) {
		const struct held *line = &search->ring[n % search->slots];
		put_line(search->name, n, '-', line->text, line->length);
	}
	put_line(search->name, search->number, ':', current->text, current->length);
	search->last_printed = search->number;
	search->after_left = grep_flag.after;
}

static bool quiet_output(void)
{
	return grep_flag.quiet || grep_flag.count || grep_flag.list || grep_flag.list_others;
}

/* Treats one line; false if the search of this file may stop. */
static bool take_line(struct search *search, const struct held *line)
{
	struct grep_span span;
	search->number++;
	bool selected = grep_find(line->text, line->length, 0, &span) != grep_flag.invert;
	if (selected) {
		search->matches++;
		if (grep_flag.quiet || grep_flag.list || grep_flag.list_others || (search->binary && !grep_flag.count))
			return false;
		if (!quiet_output() && grep_flag.only && !grep_flag.invert)
			put_matches(search->name, search->number, line->text, line->length);
		else if (!quiet_output() && !grep_flag.only)
			put_context(search, line);
	} else if (search->after_left > 0 && !quiet_output() && !grep_flag.only) {
		search->after_left--;
		put_line(search->name, search->number, '-', line->text, line->length);
		search->last_printed = search->number;
	}
	return grep_flag.most < 0 || search->matches < (unsigned long long)grep_flag.most || search->after_left > 0;
}

static bool looks_binary(FILE *input)
{
	if (grep_flag.text || grep_flag.ending == 0 || grep_flag.quiet)
		return false;
	int c = getc(input);
	if (c == EOF)
		return false;
	ungetc(c, input);
	char head[4096];
	off_t at = ftello(input);
	if (at < 0)
		return false;
	ssize_t length = pread(fileno(input), head, sizeof head, at);
	return length > 0 && memchr(head, 0, (size_t)length);
}

static void put_summary(const struct search *search)
{
	if (grep_flag.count) {
		if (grep_flag.names)
			printf("%s:", search->name);
		printf("%llu\n", search->matches);
	}
	if ((grep_flag.list && search->matches) || (grep_flag.list_others && !search->matches))
		puts(search->name);
	if (search->binary && search->matches && !quiet_output())
		printf("%s: %s: binary file matches\n", program_name(), search->name);
}

/* Searches one stream; true if a line was selected. */
bool grep_search(FILE *input, const char *name)
{
	struct search search = {.name = name, .binary = looks_binary(input)};
	if (search.binary && grep_flag.skip_binary)
		return false;
	size_t slots = search.slots = (size_t)grep_flag.before + 1;
	search.ring = allocate(slots * sizeof *search.ring);
	memset(search.ring, 0, slots * sizeof *search.ring);
	for (bool more = grep_flag.most != 0; more;) {
		struct held *line = &search.ring[(search.number + 1) % slots];
		struct held current = *line;
		ssize_t length = getdelim(&current.text, &current.capacity, grep_flag.ending, input);
		*line = current;
		if (length < 0 && ferror(input) && !grep_flag.silent)
			warn("%s", search.name);
		if (length < 0)
			break;
		if (length && current.text[length - 1] == grep_flag.ending)
			current.text[--length] = 0;
		line->length = (size_t)length;
		if (!grep_flag.text && grep_flag.ending && memchr(line->text, 0, (size_t)length))
			search.binary = true;
		for (ssize_t i = 0; search.binary && i < length; i++)
			if (!line->text[i])
				line->text[i] = '\n'; /* regexec would end there */
		more = take_line(&search, line);
	}
	put_summary(&search);
	for (size_t i = 0; i < slots; i++)
		free(search.ring[i].text);
	free(search.ring);
	return search.matches > 0;
}
