/*
 * tr: translate, squeeze or delete characters
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/tr.html
 *
 * Usage: tr [-cdst] STRING1 [STRING2]
 *   -c, -C, --complement    the complement of STRING1
 *   -d, --delete            delete characters in STRING1
 *   -s, --squeeze-repeats   one for each run of a character in the last STRING
 *   -t, --truncate-set1     cut STRING1 to the length of STRING2
 * Strings know \NNN \\ \a \b \f \n \r \t \v, A-Z, [:class:], [=c=], [c*n] and [c*].
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wctype.h>

#include "tools.h"

struct set {
	unsigned char *bytes;
	size_t length, capacity;
	size_t fill_at;     /* where [c*] stands */
	unsigned char fill;
	bool has_fill;
	char class_name[8]; /* of the last class: upper and lower pair up */
};

static void add(struct set *set, int byte)
{
	if (set->length == set->capacity)
		set->bytes = reallocate(set->bytes, set->capacity = set->capacity * 2 + 256);
	set->bytes[set->length++] = (unsigned char)byte;
}

static int take_character(const char **at)
{
	static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
	unsigned char c = (unsigned char)*(*at)++;
	if (c != '\\' || !**at)
		return c;
	if (**at >= '0' && **at <= '7') {
		int value = 0;
		for (int i = 0; i < 3 && **at >= '0' && **at <= '7'; i++)
			value = value * 8 + *(*at)++ - '0';
		return value & 255;
	}
	c = (unsigned char)*(*at)++;
	const char *found = strchr(letters, c);
	return found ? values[found - letters] : c;
}

/* [:class:], [=c=], [c*n]; false if it is none of them. */
static bool take_bracket(const char **at, struct set *set)
{
	const char *start = *at + 2, *end;
	if ((*at)[1] == ':' && (end = strstr(start, ":]"))) {
		char *name = duplicate_range(start, (size_t)(end - start));
		wctype_t class = wctype(name);
		if (!class)
			errx(1, "invalid character class '%s'", name);
		for (int c = 0; c < 256; c++)
			if (c < 128 && iswctype((wint_t)c, class))
				add(set, c);
		snprintf(set->class_name, sizeof set->class_name, "%s", name);
		free(name);
		*at = end + 2;
		return true;
	}
	if ((*at)[1] == '=' && (end = strstr(start, "=]")) && end == start + 1) {
		add(set, (unsigned char)*start);
		*at = end + 2;
		return true;
	}
	const char *after = *at + 1;
	int c = take_character(&after);
	if (*after != '*')
		return false;
	char *close;
	unsigned long count = strtoul(after + 1, &close, after[1] == '0' ? 8 : 10);
	if (*close != ']')
		return false;
	for (unsigned long i = 0; i < count; i++)
		add(set, c);
	if (!count) {
		set->has_fill = true;
		set->fill = (unsigned char)c;
		set->fill_at = set->length;
	}
	*at = close + 1;
	return true;
}

static struct set parse(const char *text)
{
	struct set set = {0};
	for (const char *at = text; *at;) {
		if (*at == '[' && at[1] && take_bracket(&at, &set))
			continue;
		const char *start = at;
		int first = take_character(&at), last = first;
		if (*at == '-' && at[1]) {
			at++;
			last = take_character(&at);
			if (last < first)
				errx(1, "range-endpoints of '%.*s' are in reverse collating sequence order", (int)(at - start), start);
		}
		for (int c = first; c <= last; c++)
			add(&set, c);
	}
	return set;
}

static void complement(struct set *set)
{
	bool present[256] = {false};
	for (size_t i = 0; i < set->length; i++)
		present[set->bytes[i]] = true;
	set->length = 0;
	for (int c = 0; c < 256; c++)
		if (!present[c])
			add(set, c);
}

/* Makes the second set as long as the first: [c*], or its last character. */
static void extend(struct set *set, size_t length)
{
	size_t missing = length > set->length ? length - set->length : 0;
	if (!missing || (!set->length && !set->has_fill))
		return;
	size_t place = set->has_fill ? set->fill_at : set->length;
	unsigned char byte = set->has_fill ? set->fill : set->bytes[set->length - 1];
	for (size_t i = 0; i < missing; i++)
		add(set, 0);
	memmove(set->bytes + place + missing, set->bytes + place, set->length - missing - place);
	memset(set->bytes + place, byte, missing);
}

static void mark(bool table[256], const struct set *set)
{
	for (size_t i = 0; i < set->length; i++)
		table[set->bytes[i]] = true;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"complement", no_argument, NULL, 'c'}, {"delete", no_argument, NULL, 'd'},
		{"squeeze-repeats", no_argument, NULL, 's'}, {"truncate-set1", no_argument, NULL, 't'}, {0}};
	bool complemented = false, deleting = false, squeezing = false, truncating = false;
	for (int option; (option = next_long_option(argc, argv, "+cCdst", longs)) != -1;) {
		switch (option) {
		case 'd': deleting = true; break;
		case 's': squeezing = true; break;
		case 't': truncating = true; break;
		default: complemented = true;
		}
	}
	char **operands = argv + optind;
	int count = argc - optind;
	if (count == 0)
		usage_error("missing operand");
	if (count == 1 && (deleting == squeezing))
		usage_error("missing operand after '%s'\nTwo strings must be given when %s.", operands[0], deleting ? "both deleting and squeezing repeats" : "translating");
	if (count > 1 && deleting && !squeezing)
		usage_error("extra operand '%s'\nOnly one string may be given when deleting without squeezing repeats.", operands[1]);
	if (count > 2)
		usage_error("extra operand '%s'", operands[2]);
	struct set first = parse(operands[0]), second = parse(count > 1 ? operands[1] : "");
	if (complemented)
		complement(&first);
	bool translating = count == 2 && !deleting, dropped[256] = {false}, squeezed[256] = {false};
	unsigned char map[256];
	for (int c = 0; c < 256; c++)
		map[c] = (unsigned char)c;
	if (translating && !second.length && !second.has_fill && first.length)
		errx(1, "when not truncating set1, string2 must be non-empty");
	if (translating && !truncating)
		extend(&second, first.length);
	for (size_t i = 0; translating && i < first.length && i < second.length; i++)
		map[first.bytes[i]] = second.bytes[i];
	if (deleting)
		mark(dropped, &first);
	if (squeezing)
		mark(squeezed, count > 1 ? &second : &first);
	static unsigned char buffer[32 << 10];
	int previous = -1;
	ssize_t got;
	while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
		size_t kept = 0;
		for (ssize_t i = 0; i < got; i++) {
			int c = map[buffer[i]];
			if (dropped[buffer[i]] || (c == previous && squeezed[c]))
				continue;
			buffer[kept++] = (unsigned char)(previous = c);
		}
		fwrite(buffer, 1, kept, stdout);
	}
	if (got < 0)
		err(1, "read error");
	return 0;
}
