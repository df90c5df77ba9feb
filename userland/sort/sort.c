/*
 * sort: sort, merge and check lines
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sort.html
 *
 * Usage: sort [OPTION]... [FILE]...
 *   -b           ignore leading blanks
 *   -c, -C       check that the input is sorted; -C says nothing
 *   -d           consider only blanks and alphanumeric characters
 *   -f           fold lower case to upper case
 *   -g           compare general numbers, with exponents
 *   -h           compare human-readable numbers (2K 1G)
 *   -i           consider only printable characters
 *   -k KEY       sort by a key F[.C][OPTS][,F[.C][OPTS]]
 *   -m           merge files that are sorted
 *   -M           compare the names of months
 *   -n           compare numbers
 *   -o FILE      write to FILE, which may be an input
 *   -r           reverse the result
 *   -R           shuffle, equal keys together
 *   -s           keep the order of lines with equal keys
 *   -t SEP       fields end at SEP instead of at blanks
 *   -u           only the first of an equal run
 *   -V           compare numbers within text
 *   -z           lines end with NUL
 *   -S SIZE      use so much memory (256M), then temporary files
 *   -T FOLDER    where these are
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "files.h"
#include "sort.h"
#include "tools.h"

static bool stable, unique;
static char ending = '\n';

static struct sort_line *lines;
static size_t count, capacity, used; /* bytes */
static size_t most_used = 256 << 20;

/* Order of the output: equal sort_keys fall back to the whole line, unless -s or -u. */
static int compare_any(const struct sort_line *a, const struct sort_line *b)
{
	int order = sort_compare(a, b);
	if (!order && !stable && !unique) {
		order = sort_compare_text(*a, *b, &(struct sort_ordering){0});
		if (sort_global.reverse)
			order = -order;
	}
	return order;
}

/* A merge sort, which keeps the order of equal lines; `spare` has room for half of them. */
static void sort_range(struct sort_line *range, size_t length, struct sort_line *spare)
{
	if (length < 2)
		return;
	size_t half = length / 2, i = 0, j = half, k = 0;
	sort_range(range, half, spare);
	sort_range(range + half, length - half, spare);
	if (compare_any(&range[half - 1], &range[half]) <= 0)
		return;
	memcpy(spare, range, half * sizeof *range);
	while (i < half)
		range[k++] = j < length && compare_any(&range[j], &spare[i]) < 0 ? range[j++] : spare[i++];
}

static void sort_lines(void)
{
	struct sort_line *spare = allocate((count / 2 + 1) * sizeof *spare);
	for (size_t i = 0; i < count; i++)
		sort_find_key(&lines[i]);
	sort_range(lines, count, spare);
	free(spare);
}

/* What was read so far becomes a run of its own. */
static void put_aside(void)
{
	sort_lines();
	sort_spill(lines, count);
	for (size_t i = 0; i < count; i++)
		free(lines[i].text);
	count = used = 0;
}

static bool checking_order;

static int read_lines(FILE *input, const char *name)
{
	(void)name;
	char *buffer = NULL;
	size_t size = 0;
	for (ssize_t length; (length = getdelim(&buffer, &size, ending, input)) >= 0;) {
		if (length && buffer[length - 1] == ending)
			length--;
		if (count == capacity)
			lines = reallocate(lines, (capacity = capacity * 2 + 256) * sizeof *lines);
		char *text = duplicate_range(buffer, (size_t)length);
		lines[count++] = (struct sort_line){.text = text, .length = (size_t)length};
		used += (size_t)length + 1 + sizeof *lines * 3 / 2;
		if (used > most_used && !checking_order)
			put_aside();
	}
	free(buffer);
	return 0;
}

static int check(const char *name, bool silent)
{
	for (size_t i = 1; i < count; i++) {
		int order = sort_compare(&lines[i - 1], &lines[i]);
		if (!order && !stable && !unique)
			order = sort_compare_text(lines[i - 1], lines[i], &(struct sort_ordering){0}) * (sort_global.reverse ? -1 : 1);
		if (order < 0 || (order == 0 && !unique))
			continue;
		if (!silent)
			warnx("%s:%zu: disorder: %s", name, i + 1, lines[i].text);
		return 1;
	}
	return 0;
}

/* With -u a line that is equal to the last one is left out. */
static void put_line(const struct sort_line *line)
{
	static struct sort_line last;
	static size_t last_capacity;
	if (unique && last.text && !sort_compare(&last, line))
		return;
	fwrite(line->text, 1, line->length, stdout);
	putchar(ending);
	if (!unique)
		return;
	if (line->length >= last_capacity)
		last.text = reallocate(last.text, last_capacity = line->length * 2 + 64);
	memcpy(last.text, line->text, line->length + 1);
	last.length = line->length;
}

static void put_lines(const char *output)
{
	if (sort_runs() && count)
		put_aside();
	if (output && !freopen(output, "w", stdout))
		err(2, "open failed: %s", output);
	if (sort_runs())
		sort_merge(compare_any, put_line);
	for (size_t i = 0; i < count; i++)
		put_line(&lines[i]);
}

/* -S: KiB without a suffix; b: bytes. */
static void take_memory(const char *text)
{
	char *end;
	unsigned long long size = strtoull(text, &end, 10);
	static const char units[] = "bKMGT";
	const char *unit = *end ? strchr(units, *end == 'k' ? 'K' : *end) : units + 1;
	if (end == text || !unit || (*end && end[1]))
		errx(2, "invalid -S argument '%s'", text);
	for (const char *at = units; at < unit; at++)
		size *= 1024;
	most_used = size < 4096 ? 4096 : size;
}

static bool set_ordering(struct sort_ordering *ordering, char letter)
{
	switch (letter) {
	case 'b': ordering->blanks = true; break;
	case 'd': ordering->dictionary = true; break;
	case 'f': ordering->fold = true; break;
	case 'i': ordering->printable = true; break;
	case 'r': ordering->reverse = true; break;
	default:
		if (!letter || !strchr("nghMVR", letter))
			return false;
		ordering->kind = letter;
	}
	return true;
}

static const char *parse_place(const char *at, size_t *field, size_t *character, const char *spec)
{
	char *end;
	*field = strtoul(at, &end, 10);
	if (end == at || !isdigit((unsigned char)*at))
		errx(2, "invalid number at field start: invalid count at start of '%s'", spec);
	if (!*field)
		errx(2, "field number is zero: invalid field specification '%s'", spec);
	if (*end == '.') {
		at = end + 1;
		*character = strtoul(at, &end, 10);
	}
	return end;
}

static void add_key(const char *spec)
{
	struct sort_key *key = allocate(sizeof *key), **last = &sort_keys;
	*key = (struct sort_key){.first_char = 1};
	const char *at = parse_place(spec, &key->first_field, &key->first_char, spec);
	if (!key->first_char)
		errx(2, "character offset is zero: invalid field specification '%s'", spec);
	while (set_ordering(&key->ordering, *at))
		at++;
	if (*at == ',') {
		at = parse_place(at + 1, &key->last_field, &key->last_char, spec);
		for (; set_ordering(&key->ordering, *at); at++)
			key->end_blanks |= *at == 'b';
	}
	if (*at)
		errx(2, "stray character in field spec: invalid field specification '%s'", spec);
	while (*last)
		last = &(*last)->next;
	*last = key;
}

/* Keys without letters of their own take the sort_global ones. */
static void inherit_ordering(void)
{
	for (struct sort_key *key = sort_keys; key; key = key->next)
		if (!memcmp(&key->ordering, &(struct sort_ordering){0}, sizeof key->ordering))
			key->ordering = sort_global;
}

static void take_separator(const char *text)
{
	if (!strcmp(text, "\\0"))
		sort_separator = 0;
	else if (text[0] && !text[1])
		sort_separator = (unsigned char)text[0];
	else
		errx(2, *text ? "multi-character tab '%s'" : "empty tab%s", text);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"reverse", no_argument, NULL, 'r'}, {"unique", no_argument, NULL, 'u'}, {"key", required_argument, NULL, 'k'},
		{"numeric-sort", no_argument, NULL, 'n'}, {"output", required_argument, NULL, 'o'},
		{"field-sort_separator", required_argument, NULL, 't'}, {"stable", no_argument, NULL, 's'},
		{"check", no_argument, NULL, 'c'}, {"ignore-case", no_argument, NULL, 'f'},
		{"human-numeric-sort", no_argument, NULL, 'h'}, {"version-sort", no_argument, NULL, 'V'},
		{"merge", no_argument, NULL, 'm'}, {"buffer-size", required_argument, NULL, 'S'}, {"temporary-directory", required_argument, NULL, 'T'}, {"zero-terminated", no_argument, NULL, 'z'}, {0}};
	const char *output = NULL;
	char checking = 0;
	usage_status = 2;
	open_failure = "cannot read: %s";
	for (int option; (option = next_long_option(argc, argv, "bcCdfghik:mMno:rRsS:t:T:uVz", longs)) != -1;) {
		switch (option) {
		case 'c':
		case 'C': checking = (char)option; break;
		case 'k': add_key(optarg); break;
		case 'o': output = optarg; break;
		case 's': stable = true; break;
		case 'S': take_memory(optarg); break;
		case 'T': sort_spill_to(optarg); break;
		case 't': take_separator(optarg); break;
		case 'u': unique = true; break;
		case 'z': ending = 0; break;
		default: set_ordering(&sort_global, (char)option);
		}
	}
	inherit_ordering();
	sort_seed = (unsigned)time(NULL);
	checking_order = checking;
	if (checking && argv[optind] && argv[optind + 1])
		errx(2, "extra operand '%s' not allowed with -%c", argv[optind + 1], checking);
	if (each_input(argv + optind, read_lines))
		return 2;
	if (checking)
		return check(argv[optind] ? argv[optind] : "-", checking == 'C');
	sort_lines();
	put_lines(output);
	return 0;
}
