/*
 * join: lines of two sorted files with the same field, side by side
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/join.html
 *
 * Usage: join [OPTION]... FILE1 FILE2
 *   -1 FIELD   the field of FILE1 that is compared (1)
 *   -2 FIELD   the field of FILE2 that is compared (1)
 *   -a N       also the lines of file N that have no partner
 *   -e STRING  in place of missing and empty fields
 *   -i         the case of letters does not matter
 *   -j FIELD   as -1 FIELD -2 FIELD
 *   -o LIST    which fields to print: FILE.FIELD, or 0 for the one that is compared; or auto
 *   -t CHAR    separates the fields (default: blanks)
 *   -v N       only the lines of file N that have no partner
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

struct line {
	char *text;
	size_t capacity;
	struct field {
		const char *start;
		size_t length;
	} *fields;
	size_t count, room;
};

struct side {
	FILE *input;
	const char *name;
	size_t key; /* from 0 */
	struct line *lines; /* those with the same key; then one that is not, if `has_next` */
	size_t count, room;
	bool has_next, unpaired;
	size_t auto_count; /* fields of the first line, for -o auto */
};

struct output {
	int file; /* 0: the key */
	size_t field;
};

static struct side sides[2];
static struct output *outputs;
static size_t output_count;
static int separator = -1;
static const char *filler = "";
static bool ignores_case, hides_pairs, is_auto;

static void add_field(struct line *line, const char *start, size_t length)
{
	if (line->count == line->room)
		line->fields = reallocate(line->fields, (line->room = line->room ? 2 * line->room : 8) * sizeof *line->fields);
	line->fields[line->count++] = (struct field){start, length};
}

static void split_fields(struct line *line, size_t length)
{
	const char *at = line->text, *end = at + length;
	line->count = 0;
	if (separator >= 0) {
		for (const char *stop; (stop = memchr(at, separator, (size_t)(end - at))); at = stop + 1)
			add_field(line, at, (size_t)(stop - at));
		add_field(line, at, (size_t)(end - at));
		return;
	}
	for (;;) {
		while (at < end && isblank((unsigned char)*at))
			at++;
		if (at == end)
			return;
		const char *start = at;
		while (at < end && !isblank((unsigned char)*at))
			at++;
		add_field(line, start, (size_t)(at - start));
	}
}

/* Reads a line behind those of the current key; false at the end. */
static bool read_next(struct side *side)
{
	if (side->count == side->room) {
		size_t room = side->room ? 2 * side->room : 4;
		side->lines = reallocate(side->lines, room * sizeof *side->lines);
		memset(side->lines + side->room, 0, (room - side->room) * sizeof *side->lines);
		side->room = room;
	}
	struct line *line = &side->lines[side->count];
	long length = read_line(side->input, &line->text, &line->capacity, NULL);
	side->has_next = length >= 0;
	if (!side->has_next && ferror(side->input))
		err(1, "%s", side->name);
	if (side->has_next)
		split_fields(line, (size_t)length);
	return side->has_next;
}

static struct field key_of(const struct side *side, const struct line *line)
{
	return side->key < line->count ? line->fields[side->key] : (struct field){"", 0};
}

static int compare(struct field a, struct field b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = ignores_case ? strncasecmp(a.start, b.start, shorter) : memcmp(a.start, b.start, shorter);
	return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* All lines with the key of the next one become the current ones, and the one behind them the next. */
static void gather(struct side *side)
{
	struct line next = side->lines[side->count];
	side->lines[side->count] = side->lines[0];
	side->lines[0] = next;
	side->count = 1;
	while (read_next(side) && !compare(key_of(side, &side->lines[side->count]), key_of(side, &side->lines[0])))
		side->count++;
}

static void print_field(const struct field *field, bool *follows)
{
	if (*follows)
		putchar(separator >= 0 ? separator : ' ');
	*follows = true;
	if (field && field->length)
		fwrite(field->start, 1, field->length, stdout);
	else
		fputs(filler, stdout);
}

static void print_rest(const struct line *line, size_t key, size_t count, bool *follows)
{
	for (size_t i = 0; i < count; i++)
		if (i != key)
			print_field(line && i < line->count ? &line->fields[i] : NULL, follows);
}

/* One of the lines may be null. */
static void print_pair(const struct line *first, const struct line *second)
{
	const struct line *lines[2] = {first, second};
	int known = first ? 0 : 1;
	struct field key = key_of(&sides[known], lines[known]);
	bool follows = false;
	if (output_count) {
		for (size_t i = 0; i < output_count; i++) {
			const struct line *line = outputs[i].file ? lines[outputs[i].file - 1] : NULL;
			const struct field *field = line && outputs[i].field < line->count ? &line->fields[outputs[i].field] : NULL;
			print_field(outputs[i].file ? field : &key, &follows);
		}
	} else {
		print_field(&key, &follows);
		for (int i = 0; i < 2; i++)
			if (is_auto || lines[i])
				print_rest(lines[i], sides[i].key, is_auto ? sides[i].auto_count : lines[i]->count, &follows);
	}
	putchar('\n');
}

static void print_unpaired(int which)
{
	for (size_t i = 0; sides[which].unpaired && i < sides[which].count; i++)
		print_pair(which ? NULL : &sides[which].lines[i], which ? &sides[which].lines[i] : NULL);
}

static void join_files(void)
{
	for (int i = 0; i < 2; i++)
		if (read_next(&sides[i]))
			sides[i].auto_count = sides[i].lines[0].count;
	while (sides[0].has_next || sides[1].has_next) {
		int order = !sides[0].has_next ? 1 : !sides[1].has_next ? -1 : 0;
		if (!order)
			order = compare(key_of(&sides[0], &sides[0].lines[sides[0].count]), key_of(&sides[1], &sides[1].lines[sides[1].count]));
		if (order <= 0)
			gather(&sides[0]);
		if (order >= 0)
			gather(&sides[1]);
		if (order) {
			print_unpaired(order > 0);
			continue;
		}
		for (size_t i = 0; !hides_pairs && i < sides[0].count; i++)
			for (size_t j = 0; j < sides[1].count; j++)
				print_pair(&sides[0].lines[i], &sides[1].lines[j]);
	}
}

static size_t parse_field(const char *text)
{
	long long field = parse_integer(text, "field number");
	if (field < 1)
		errx(1, "invalid field number: '%s'", text);
	return (size_t)field - 1;
}

static void parse_outputs(char *list)
{
	is_auto = !strcmp(list, "auto");
	for (char *item = strtok(list, ", \t"); item && !is_auto; item = strtok(NULL, ", \t")) {
		struct output output = {0};
		if (strcmp(item, "0")) {
			if ((*item != '1' && *item != '2') || item[1] != '.')
				errx(1, "invalid field specifier: '%s'", item);
			output = (struct output){*item - '0', parse_field(item + 2)};
		}
		outputs = reallocate(outputs, (output_count + 1) * sizeof *outputs);
		outputs[output_count++] = output;
	}
}

static void show_unpaired(const char *number)
{
	if (strcmp(number, "1") && strcmp(number, "2"))
		errx(1, "invalid file number: '%s'", number);
	sides[*number - '1'].unpaired = true;
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "1:2:a:e:ij:o:t:v:")) != -1;) {
		switch (option) {
		case '1': sides[0].key = parse_field(optarg); break;
		case '2': sides[1].key = parse_field(optarg); break;
		case 'j': sides[0].key = sides[1].key = parse_field(optarg); break;
		case 'a': show_unpaired(optarg); break;
		case 'v': show_unpaired(optarg), hides_pairs = true; break;
		case 'e': filler = optarg; break;
		case 'i': ignores_case = true; break;
		case 'o': parse_outputs(optarg); break;
		default:
			separator = *optarg ? (unsigned char)*optarg : '\n';
			if (optarg[0] && optarg[1])
				errx(1, "multi-character tab '%s'", optarg);
		}
	}
	if (argc - optind != 2)
		usage_error(argc - optind < 2 ? "missing operand" : "extra operand '%s'", argv[optind + 2 <= argc ? optind + 2 : argc]);
	for (int i = 0; i < 2; i++) {
		sides[i].name = argv[optind + i];
		if (!(sides[i].input = open_input(sides[i].name)))
			return 1;
	}
	join_files();
	return 0;
}
