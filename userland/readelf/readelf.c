/*
 * readelf: what is in an ELF file
 * https://sourceware.org/binutils/docs/binutils/readelf.html
 *
 * Usage: readelf [-aehlSsrdVnW] [--dyn-syms] [-x SECTION] [-p SECTION] FILE...
 *   -a           all of -h -l -S -s -r -d -V -n
 *   -e           all of -h -l -S
 *   -h           the file's header
 *   -l           program headers, and which sections are in them
 *   -S           section headers
 *   -s           symbols; --dyn-syms: the dynamic ones only
 *   -r           relocations
 *   -d           the dynamic section
 *   -V           versions of symbols
 *   -n           notes
 *   -x SECTION   its bytes (by name or number); -p SECTION: its strings
 *   -W           lines may be longer than 80 columns
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "elf-image.h"
#include "files.h"
#include "readelf.h"
#include "tools.h"

enum { DYN_SYMS = 256, DUMP_LIMIT = 32 };

bool readelf_is_wide, readelf_is_headed;

static bool wants_header, wants_segments, wants_sections, wants_symbols, wants_dynamic_symbols, wants_relocations, wants_dynamic, wants_versions, wants_notes;
static struct dump {
	const char *section;
	void (*show)(const struct elf_image *image, const char *which);
} dumps[DUMP_LIMIT];
static size_t dump_count;

static void add_dump(const char *section, void (*show)(const struct elf_image *, const char *))
{
	if (dump_count == DUMP_LIMIT)
		errx(1, "more than %d sections to dump", DUMP_LIMIT);
	dumps[dump_count++] = (struct dump){section, show};
}

static void display(const struct elf_image *image)
{
	readelf_is_headed = wants_header;
	if (wants_header)
		readelf_header(image);
	if (wants_sections)
		readelf_sections(image);
	if (wants_segments)
		readelf_segments(image);
	if (wants_dynamic)
		readelf_dynamic(image);
	if (wants_relocations)
		readelf_relocations(image);
	if (wants_symbols || wants_dynamic_symbols)
		readelf_symbols(image, !wants_symbols);
	if (wants_versions)
		readelf_versions(image);
	if (wants_notes)
		readelf_notes(image);
	for (size_t i = 0; i < dump_count; i++)
		dumps[i].show(image, dumps[i].section);
}

static int show_file(const char *path, bool is_one_of_many)
{
	size_t length;
	char *data = read_file(path, &length);
	if (!data) {
		if (errno == ENOENT)
			warnx("Error: '%s': No such file", path);
		else
			warn("Error: %s", path);
		return 1;
	}
	struct elf_image image;
	int status = 1;
	if (is_one_of_many)
		printf("\nFile: %s\n", path);
	if (elf_open(&image, path, (const unsigned char *)data, length)) {
		display(&image);
		elf_close(&image);
		status = 0;
	}
	free(data);
	return status;
}

static void parse_option(int option)
{
	switch (option) {
	case 'a': wants_symbols = wants_relocations = wants_dynamic = wants_versions = wants_notes = true; /* fallthrough */
	case 'e': wants_header = wants_segments = wants_sections = true; break;
	case 'h': wants_header = true; break;
	case 'l': wants_segments = true; break;
	case 'S': wants_sections = true; break;
	case 's': wants_symbols = true; break;
	case DYN_SYMS: wants_dynamic_symbols = true; break;
	case 'r': wants_relocations = true; break;
	case 'd': wants_dynamic = true; break;
	case 'V': wants_versions = true; break;
	case 'n': wants_notes = true; break;
	case 'x': add_dump(optarg, readelf_hex_dump); break;
	case 'p': add_dump(optarg, readelf_string_dump); break;
	default: readelf_is_wide = true;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"all", no_argument, NULL, 'a'}, {"file-header", no_argument, NULL, 'h'}, {"program-headers", no_argument, NULL, 'l'},
		{"segments", no_argument, NULL, 'l'}, {"section-headers", no_argument, NULL, 'S'}, {"sections", no_argument, NULL, 'S'}, {"headers", no_argument, NULL, 'e'},
		{"syms", no_argument, NULL, 's'}, {"symbols", no_argument, NULL, 's'}, {"dyn-syms", no_argument, NULL, DYN_SYMS}, {"notes", no_argument, NULL, 'n'},
		{"relocs", no_argument, NULL, 'r'}, {"dynamic", no_argument, NULL, 'd'}, {"version-info", no_argument, NULL, 'V'}, {"hex-dump", required_argument, NULL, 'x'},
		{"string-dump", required_argument, NULL, 'p'}, {"wide", no_argument, NULL, 'W'}, {0}};
	int status = 0, chosen = 0;
	for (int option; (option = next_long_option(argc, argv, "aehlSsrdVnWx:p:", longs)) != -1; chosen += option != 'W')
		parse_option(option);
	if (!chosen)
		usage_error("nothing to display was asked for");
	if (!argv[optind])
		usage_error("no file was named");
	bool has_many = argv[optind + 1] != NULL;
	for (char **operand = argv + optind; *operand; operand++)
		status |= show_file(*operand, has_many);
	return status;
}
