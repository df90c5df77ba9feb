/*
 * size: sizes of the sections of object files
 * https://sourceware.org/binutils/docs/binutils/size.html
 *
 * Usage: size [-ABdotx] [FILE]...
 *   -A   each section with its address (System V); -B: text, data and bss (Berkeley)
 *   -d   decimal, -o octal, -x hexadecimal
 *   -t   totals (Berkeley)
 *
 * Without FILE: a.out.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf-image.h"
#include "tools.h"

static char radix = 'd';
static bool is_sysv, shows_total, has_header;
static unsigned long long totals[3];

static char *number(unsigned long long value)
{
	return format_text(radix == 'x' ? "0x%llx" : radix == 'o' ? "0%llo" : "%llu", value);
}

static void put_number(unsigned long long value, int width)
{
	char *text = number(value);
	printf("%*s", width, text);
	free(text);
}

static void print_berkeley(const unsigned long long sizes[3], const char *name, const char *archive)
{
	if (!has_header) {
		printf(radix == 'o' ? "   text\t   data\t    bss\t    oct\t    hex\tfilename\n" : "   text\t   data\t    bss\t    dec\t    hex\tfilename\n");
		has_header = true;
	}
	unsigned long long sum = 0;
	for (int i = 0; i < 3; i++) {
		put_number(sizes[i], 7);
		putchar('\t');
		sum += sizes[i];
	}
	printf(radix == 'o' ? "%7llo\t%7llx\t%s" : "%7llu\t%7llx\t%s", sum, sum, name);
	if (archive)
		printf(" (ex %s)", archive);
	putchar('\n');
}

static const char *archive_path;

static void add_section(const Elf64_Shdr *section, unsigned long long sizes[3])
{
	if (!(section->sh_flags & SHF_ALLOC))
		return;
	bool is_text = section->sh_flags & SHF_EXECINSTR || !(section->sh_flags & SHF_WRITE);
	sizes[section->sh_type == SHT_NOBITS ? 2 : is_text ? 0 : 1] += section->sh_size;
}

/* Sections that are no part of what a program is made of. */
static bool is_internal(const Elf64_Shdr *section)
{
	bool is_table = section->sh_type == SHT_SYMTAB || section->sh_type == SHT_STRTAB || section->sh_type == SHT_RELA || section->sh_type == SHT_REL ||
		section->sh_type == SHT_GROUP || section->sh_type == SHT_SYMTAB_SHNDX;
	return section->sh_type == SHT_NULL || (is_table && !(section->sh_flags & SHF_ALLOC));
}

static void print_sysv(const struct elf_image *image, const char *member)
{
	unsigned long long sum = 0, top = 0;
	int width = 7, size_width = 4, address_width = 4;
	for (size_t i = 0; i < image->section_count; i++) {
		const Elf64_Shdr *section = &image->sections[i];
		if (is_internal(section))
			continue;
		int length = (int)strlen(elf_section_name(image, i));
		width = length > width ? length : width;
		sum += section->sh_size;
		top = section->sh_addr > top ? section->sh_addr : top;
	}
	char *text = number(sum);
	size_width = (int)strlen(text) > size_width ? (int)strlen(text) : size_width;
	free(text);
	text = number(top);
	address_width = (int)strlen(text) > address_width ? (int)strlen(text) : address_width;
	free(text);
	printf("%s  ", image->path);
	if (member)
		printf(" (ex %s):\n", archive_path);
	else
		printf(":\n");
	printf("%-*s   %*s   %*s\n", width, "section", size_width, "size", address_width, "addr");
	for (size_t i = 0; i < image->section_count; i++) {
		const Elf64_Shdr *section = &image->sections[i];
		if (is_internal(section))
			continue;
		printf("%-*s   ", width, elf_section_name(image, i));
		put_number(section->sh_size, size_width);
		printf("   ");
		put_number(section->sh_addr, address_width);
		putchar('\n');
	}
	printf("%-*s   ", width, "Total");
	put_number(sum, size_width);
	printf("\n\n\n");
}

static int visit(struct elf_image *image, const char *member)
{
	if (is_sysv) {
		print_sysv(image, member);
		return 0;
	}
	unsigned long long sizes[3] = {0};
	for (size_t i = 0; i < image->section_count; i++)
		add_section(&image->sections[i], sizes);
	for (int i = 0; i < 3; i++)
		totals[i] += sizes[i];
	print_berkeley(sizes, image->path, member ? archive_path : NULL);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"totals", no_argument, NULL, 't'}, {"format", required_argument, NULL, 'f'}, {0}};
	int status = 0;
	for (int option; (option = next_long_option(argc, argv, "ABdotx", longs)) != -1;) {
		switch (option) {
		case 'A': is_sysv = true; break;
		case 'B': is_sysv = false; break;
		case 'f': is_sysv = *optarg == 's' || *optarg == 'S'; break;
		case 't': shows_total = true; break;
		default: radix = (char)option;
		}
	}
	static char *unnamed[] = {"a.out", NULL};
	for (char **operand = argv[optind] ? argv + optind : unnamed; *operand; operand++) {
		archive_path = *operand;
		status |= each_object(*operand, visit);
	}
	if (shows_total && !is_sysv)
		print_berkeley(totals, "(TOTALS)", NULL);
	return status;
}
