/* readelf -x and -p: a section's bytes, or its strings. */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readelf.h"

enum { LINE = 16, GROUP = 4 };

/* By name, or by number; the count of sections if there is none. */
static size_t find_section(const struct elf_image *image, const char *which)
{
	char *end;
	unsigned long number = strtoul(which, &end, 0);
	if (*which && !*end && number < image->section_count)
		return number;
	for (size_t i = 0; i < image->section_count; i++)
		if (!strcmp(elf_section_name(image, i), which))
			return i;
	warnx("Warning: Section '%s' was not dumped because it does not exist", which);
	return image->section_count;
}

static const unsigned char *open_section(const struct elf_image *image, const char *which, const char *kind, size_t *index, size_t *size)
{
	*index = find_section(image, which);
	if (*index == image->section_count)
		return NULL;
	const unsigned char *content = elf_content(image, &image->sections[*index], size);
	if (!*size) {
		printf("Section '%s' has no data to dump.\n", elf_section_name(image, *index));
		return NULL;
	}
	printf("\n%s dump of section '%s':\n", kind, elf_section_name(image, *index));
	return content;
}

/* Relocatable files still have holes where addresses go. */
static void note_relocations(const struct elf_image *image, size_t index)
{
	for (size_t i = 0; i < image->section_count; i++)
		if (image->sections[i].sh_type == SHT_RELA && image->sections[i].sh_info == index && image->sections[i].sh_size && !(image->sections[i].sh_flags & SHF_ALLOC))
			printf(" NOTE: This section has relocations against it, but these have NOT been applied to this dump.\n");
}

void readelf_hex_dump(const struct elf_image *image, const char *which)
{
	size_t index, size;
	const unsigned char *content = open_section(image, which, "Hex", &index, &size);
	if (!content)
		return;
	note_relocations(image, index);
	for (size_t at = 0; at < size; at += LINE) {
		printf("  0x%8.8llx ", (unsigned long long)(image->sections[index].sh_addr + at));
		for (size_t i = 0; i < LINE; i++) {
			if (at + i < size)
				printf("%2.2x", content[at + i]);
			else
				printf("  ");
			if (i % GROUP == GROUP - 1)
				putchar(' ');
		}
		for (size_t i = at; i < at + LINE && i < size; i++)
			putchar(content[i] >= ' ' && content[i] < 0x7f ? content[i] : '.');
		putchar('\n');
	}
	putchar('\n');
}

static void print_character(unsigned char character)
{
	if (character == '\n')
		printf("\\n");
	else if (iscntrl(character))
		printf("^%c", character == 0x7f ? '?' : character + '@');
	else
		putchar(character);
}

void readelf_string_dump(const struct elf_image *image, const char *which)
{
	size_t index, size, at = 0;
	const unsigned char *content = open_section(image, which, "String", &index, &size);
	if (!content)
		return;
	note_relocations(image, index);
	while (at < size) {
		while (at < size && !isprint(content[at]))
			at++;
		if (at == size)
			break;
		printf("  [%6zx]  ", at);
		for (; at < size && content[at]; at++)
			print_character(content[at]);
		putchar('\n');
	}
	putchar('\n');
}
