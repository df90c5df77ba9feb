/*
 * msgfmt: make messages objects of translated messages
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/msgfmt.html
 *
 * Usage: msgfmt [-cfSv] [-D FOLDER]... [-o OUTPUT] FILE...
 * Reads FILE.po and writes DOMAIN.mo, messages.mo where no domain is named, which gettext and other programs read.
 *   -c         with -v: newlines at the ends, and the conversions of formats, must be the same in both languages
 *   -D FOLDER  look for FILE there, too
 *   -f         fuzzy translations, too
 *   -o OUTPUT  all to this file
 *   -S         OUTPUT gets .mo behind it where it has not
 *   -v         see -c; says how many messages there are
 */
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "po.h"
#include "tools.h"

static const char **folders;
static size_t folder_count;
static bool checks, takes_fuzzy, adds_suffix, is_verbose;
static int status;

static char *find_file(const char *name)
{
	for (size_t i = 0; *name != '/' && access(name, F_OK) != 0 && i < folder_count; i++) {
		char *path = path_join(folders[i], name);
		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return duplicate(name);
}

static void find_fault(const char *file, const struct po_entry *entry, const char *fault)
{
	warnx("%s:%zu: %s", file, entry->line, fault);
	status = 1;
}

/* The kinds of arguments that a format of printf takes: its conversions with their lengths, on the heap. */
static char *conversions(const char *format)
{
	struct text result = {0};
	text_clear(&result);
	while ((format = strchr(format, '%'))) {
		format += 1 + strspn(format + 1, "0123456789$-+ #'.*");
		size_t length = strspn(format, "hlLqjzt");
		char kind = format[length] == 'i' ? 'd' : format[length];
		text_add(&result, format, length);
		if (kind && kind != '%')
			text_format(&result, "%c,", kind);
		format += length + (kind != 0);
	}
	return text_take(&result);
}

static bool ends_with_newline(const char *text)
{
	size_t length = strlen(text);
	return length && text[length - 1] == '\n';
}

static void check(const char *file, const struct po_entry *entry)
{
	for (int i = 0; i < PO_FORMS; i++) {
		const char *text = entry->texts[i], *id = i && entry->plural ? entry->plural : entry->id;
		if (!text || !*text || !*id)
			continue;
		if ((*id == '\n') != (*text == '\n') || ends_with_newline(id) != ends_with_newline(text))
			find_fault(file, entry, "one of msgid and msgstr begins or ends with a newline, the other does not");
		char *wanted = conversions(id), *given = conversions(text);
		if (entry->has_format && strcmp(wanted, given))
			find_fault(file, entry, "the formats of msgid and msgstr take other arguments");
		free(wanted);
		free(given);
	}
}

/* One string of a table, which NULs may be in. */
struct piece {
	char *id, *text;
	size_t id_length, text_length;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct piece *)a)->id, ((const struct piece *)b)->id);
}

static struct piece piece_of(const struct po_entry *entry)
{
	struct text id = {0}, text = {0};
	text_add(&id, entry->id, strlen(entry->id));
	if (entry->plural)
		text_add(&id, "", 1), text_string(&id, entry->plural);
	text_clear(&text);
	for (int i = 0; i < PO_FORMS && entry->texts[i]; i++) {
		if (i)
			text_add(&text, "", 1);
		text_string(&text, entry->texts[i]);
	}
	struct piece piece = {.id_length = id.length, .text_length = text.length};
	piece.id = text_take(&id);
	piece.text = text_take(&text);
	return piece;
}

static void add_number(struct text *text, size_t number)
{
	unsigned char little[] = {(unsigned char)number, (unsigned char)(number >> 8), (unsigned char)(number >> 16), (unsigned char)(number >> 24)};
	text_add(text, (const char *)little, 4);
}

/* The format of GNU's: magic, revision, count, offsets of the tables of ids and of texts (length and offset each), no hash table. */
static void write_object(const char *name, struct piece *pieces, size_t count)
{
	struct text file = {0}, strings = {0};
	size_t tables = 28, behind = tables + count * 16;
	if (count)
		qsort(pieces, count, sizeof *pieces, compare);
	const size_t header[] = {0x950412de, 0, count, tables, tables + count * 8, 0, behind};
	for (size_t i = 0; i < sizeof header / sizeof *header; i++)
		add_number(&file, header[i]);
	for (int table = 0; table < 2; table++)
		for (size_t i = 0; i < count; i++) {
			size_t length = table ? pieces[i].text_length : pieces[i].id_length;
			add_number(&file, length);
			add_number(&file, behind + strings.length);
			text_add(&strings, table ? pieces[i].text : pieces[i].id, length);
			text_add(&strings, "", 1);
		}
	if (strings.length)
		text_add(&file, strings.data, strings.length);
	FILE *output = strcmp(name, "-") ? fopen(name, "we") : stdout;
	if (!output || fwrite(file.data, 1, file.length, output) != file.length || fflush(output) != 0)
		err(1, "%s", name);
	if (output != stdout)
		fclose(output);
	text_free(&file);
	text_free(&strings);
}

/* Entries of one domain, the first of each id; those without a text, and fuzzy ones, are left away. */
static void write_domain(const char *domain, const char *output, const struct po_entry *entries, size_t count)
{
	struct piece *pieces = allocate((count + 1) * sizeof *pieces);
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		const struct po_entry *entry = &entries[i];
		bool counts = (output || !strcmp(entry->domain, domain)) && entry->texts[0] && *entry->texts[0] && (takes_fuzzy || !entry->is_fuzzy || !*entry->id);
		for (size_t k = 0; counts && k < used; k++)
			counts = strcmp(pieces[k].id, entry->id) != 0;
		if (counts)
			pieces[used++] = piece_of(entry);
	}
	size_t length = output ? strlen(output) : 0;
	bool has_suffix = length > 3 && !strcmp(output + length - 3, ".mo");
	char *name = output ? format_text("%s%s", output, adds_suffix && !has_suffix && strcmp(output, "-") ? ".mo" : "") : format_text("%s.mo", domain);
	write_object(name, pieces, used);
	if (is_verbose)
		fprintf(stderr, "%s: %zu messages\n", name, used);
	free(name);
}

int main(int argc, char **argv)
{
	const char *output = NULL;
	struct po_entry *entries = NULL;
	size_t count = 0;
	for (int option; (option = next_option(argc, argv, "cD:fo:Sv")) != -1;) {
		switch (option) {
		case 'c': checks = true; break;
		case 'D':
			folders = reallocate(folders, (folder_count + 1) * sizeof *folders);
			folders[folder_count++] = optarg;
			break;
		case 'f': takes_fuzzy = true; break;
		case 'o': output = optarg; break;
		case 'S': adds_suffix = true; break;
		default: is_verbose = true; break;
		}
	}
	if (!argv[optind])
		usage_error("missing operand");
	for (char **name = argv + optind; *name; name++) {
		char *path = find_file(*name);
		size_t first = count;
		if (!po_read(path, &entries, &count))
			return 1;
		for (size_t i = first; checks && i < count; i++)
			check(path, &entries[i]);
		free(path);
	}
	if (status)
		return status;
	for (size_t i = 0; i < count && !output; i++) {
		bool is_first = true;
		for (size_t k = 0; k < i; k++)
			is_first &= strcmp(entries[k].domain, entries[i].domain) != 0;
		if (is_first)
			write_domain(entries[i].domain, NULL, entries, count);
	}
	if (output || !count)
		write_domain("messages", output, entries, count);
	return 0;
}
