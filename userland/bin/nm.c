/*
 * nm: symbols of object files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/nm.html
 *
 * Usage: nm [-AaDegnoPprSuUv] [-f FORMAT] [-t RADIX] [FILE]...
 *   -A, -o      with the file's name in front of each
 *   -a          section and file symbols, too
 *   -D          of the dynamic symbol table, with versions
 *   -e          (taken: all are told as it is)
 *   -f FORMAT   bsd, posix, sysv, just-symbols
 *   -g          external ones
 *   -n, -v      by address; -p: unsorted; -r: the other way round; --size-sort
 *   -P          as -f posix
 *   -S          with sizes
 *   -t RADIX    o, d or x (hexadecimal)
 *   -x   as -t x
 *   -u, -U      undefined ones, defined ones
 *   -j   only names
 *
 * Without FILE: a.out.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf-image.h"
#include "tools.h"

enum { SIZE_SORT = 256, SPECIAL };

struct entry {
	const char *base; /* what it is sorted by */
	char *name;       /* with its version */
	Elf64_Sym symbol;
	char type;
	size_t index;
	const char *section;
};

static char format = 'b', radix = 'x', order = 'a';
static bool names_files, shows_all, is_dynamic, is_external, is_reversed, shows_size, is_undefined_only, is_defined_only, shows_special;
static const char *archive_path;
static bool has_many;

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static bool is_debugging(const char *name)
{
	return begins(name, ".debug") || begins(name, ".zdebug") || begins(name, ".stab") || begins(name, ".line") || begins(name, ".gdb_index") ||
		begins(name, ".gnu.debuglto_") || begins(name, ".gnu.linkonce.wi.");
}

static char section_type(const struct elf_image *image, size_t index)
{
	if (index >= image->section_count)
		return '?';
	const Elf64_Shdr *section = &image->sections[index];
	if (!(section->sh_flags & SHF_ALLOC))
		return is_debugging(elf_section_name(image, index)) ? 'N' : section->sh_flags & SHF_WRITE ? '?' : 'n';
	if (section->sh_flags & SHF_EXECINSTR)
		return 't';
	if (section->sh_type == SHT_NOBITS)
		return 'b';
	return section->sh_flags & SHF_WRITE ? 'd' : 'r';
}

static char type_of(const struct elf_image *image, const Elf64_Sym *symbol)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info), bind = ELF64_ST_BIND(symbol->st_info);
	if (symbol->st_shndx == SHN_COMMON)
		return 'C';
	if (symbol->st_shndx == SHN_UNDEF)
		return bind != STB_WEAK ? 'U' : type == STT_OBJECT ? 'v' : 'w';
	if (type == STT_GNU_IFUNC)
		return 'i';
	if (bind == STB_WEAK)
		return type == STT_OBJECT ? 'V' : 'W';
	if (bind == STB_GNU_UNIQUE)
		return 'u';
	char letter = symbol->st_shndx == SHN_ABS ? 'a' : section_type(image, symbol->st_shndx);
	return bind == STB_GLOBAL ? (char)toupper(letter) : letter;
}

static bool is_wanted(const struct elf_image *image, const struct entry *entry)
{
	unsigned type = ELF64_ST_TYPE(entry->symbol.st_info), bind = ELF64_ST_BIND(entry->symbol.st_info);
	bool is_undefined = entry->symbol.st_shndx == SHN_UNDEF;
	if (!shows_all && (type == STT_SECTION || type == STT_FILE))
		return false;
	if (!shows_special && elf_is_special(image, entry->name))
		return false;
	if (is_external && bind == STB_LOCAL && !is_undefined)
		return false;
	if (order == 's' && (is_undefined || !entry->symbol.st_size))
		return false;
	return !(is_undefined_only && !is_undefined) && !(is_defined_only && is_undefined);
}


static int compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int result = 0;
	if (order == 's')
		result = (a->symbol.st_size > b->symbol.st_size) - (a->symbol.st_size < b->symbol.st_size);
	bool first = a->symbol.st_shndx == SHN_UNDEF, second = b->symbol.st_shndx == SHN_UNDEF;
	if (order == 'n' && first != second)
		result = first ? -1 : 1;
	else if (order == 'n' && !first)
		result = (a->symbol.st_value > b->symbol.st_value) - (a->symbol.st_value < b->symbol.st_value);
	if (!result)
		result = strcmp(a->base, b->base);
	if (!result)
		return (a->index > b->index) - (a->index < b->index);
	return is_reversed ? -result : result;
}

/* POSIX's form has no leading zeros. */
static void put_value(uint64_t value)
{
	int digits = format == 'p' ? 1 : 16;
	printf(radix == 'd' ? "%0*llu" : radix == 'o' ? "%0*llo" : "%0*llx", digits, (unsigned long long)value);
}

static void print_sysv(const struct entry *entry)
{
	static const char *const types[] = {"NOTYPE", "OBJECT", "FUNC", "SECTION", "FILE", "COMMON", "TLS"};
	unsigned type = ELF64_ST_TYPE(entry->symbol.st_info);
	bool is_undefined = entry->symbol.st_shndx == SHN_UNDEF;
	printf("%-20s|", entry->name);
	if (is_undefined)
		printf("%16s", "");
	else
		put_value(entry->symbol.st_value);
	printf("|   %c  |%18s|", entry->type, type < sizeof types / sizeof *types ? types[type] : type == STT_GNU_IFUNC ? "IFUNC" : "?");
	if (entry->symbol.st_size)
		put_value(entry->symbol.st_size);
	else
		printf("%16s", "");
	printf("|     |%s\n", entry->section);
}

static void print_entry(const struct elf_image *image, const struct entry *entry)
{
	bool is_undefined = entry->symbol.st_shndx == SHN_UNDEF;
	uint64_t value = entry->symbol.st_shndx == SHN_COMMON ? entry->symbol.st_size : entry->symbol.st_value;
	if (names_files && archive_path)
		printf(format == 'p' ? "%s[%s]: " : "%s:%s:", archive_path, image->path);
	else if (names_files)
		printf(format == 'p' ? "%s: " : "%s:", image->path);
	switch (format) {
	case 'j': printf("%s\n", entry->name); return;
	case 's': print_sysv(entry); return;
	case 'p':
		printf("%s %c ", entry->name, entry->type);
		if (is_undefined) {
			printf("        ");
		} else {
			put_value(value);
			putchar(' ');
			if (entry->symbol.st_size)
				put_value(entry->symbol.st_size);
		}
		putchar('\n');
		return;
	default:
		if (is_undefined)
			printf("%16s", "");
		else
			put_value(order == 's' && !shows_size ? entry->symbol.st_size : value);
		if (shows_size && entry->symbol.st_size && !is_undefined) {
			putchar(' ');
			put_value(entry->symbol.st_size);
		}
		printf(" %c %s\n", entry->type, entry->name);
	}
}

static char *full_name(const struct elf_image *image, const Elf64_Shdr *table, const Elf64_Sym *symbol, size_t index)
{
	const char *name = elf_symbol_name(image, table, symbol);
	struct elf_version version = elf_symbol_version(image, table, index);
	if (!version.name || !strcmp(version.name, name))
		return duplicate(name);
	return format_text("%s%s%s", name, version.is_hidden || symbol->st_shndx == SHN_UNDEF ? "@" : "@@", version.name);
}

static void print_title(const struct elf_image *image, const char *member)
{
	if (format == 's') {
		printf(is_undefined_only ? "\n\nUndefined symbols from %s" : "\n\nSymbols from %s", member ? archive_path : image->path);
		if (member)
			printf("[%s]", member);
		printf(":\n\nName                  Value           Class        Type         Size             Line  Section\n\n");
	} else if (names_files) {
		return;
	} else if (format == 'p' && member) {
		printf("%s[%s]:\n", archive_path, member);
	} else if (format == 'p' ? has_many : has_many || member) {
		printf(format == 'p' ? "%s:\n" : "\n%s:\n", image->path);
	}
}

static const char *section_of(const struct elf_image *image, const Elf64_Sym *symbol)
{
	switch (symbol->st_shndx) {
	case SHN_UNDEF: return "*UND*";
	case SHN_ABS: return "*ABS*";
	case SHN_COMMON: return "*COM*";
	default: return elf_section_name(image, symbol->st_shndx);
	}
}

static int visit(struct elf_image *image, const char *member)
{
	const Elf64_Shdr *table = elf_section_of_type(image, is_dynamic ? SHT_DYNSYM : SHT_SYMTAB);
	size_t count = 0, used = 0;
	print_title(image, member);
	Elf64_Sym *symbols = table ? elf_symbols(image, table, &count) : NULL;
	if (count <= 1)
		warnx("%s: no symbols", image->path);
	struct entry *entries = allocate((count + 1) * sizeof *entries);
	for (size_t i = 1; i < count; i++) {
		struct entry entry = {elf_symbol_name(image, table, &symbols[i]), full_name(image, table, &symbols[i], i), symbols[i], type_of(image, &symbols[i]), i, section_of(image, &symbols[i])};
		if (is_wanted(image, &entry))
			entries[used++] = entry;
		else
			free(entry.name);
	}
	if (order != 'p')
		qsort(entries, used, sizeof *entries, compare);
	for (size_t i = 0; i < used; i++) {
		print_entry(image, &entries[i]);
		free(entries[i].name);
	}
	free(entries);
	free(symbols);
	return 0;
}

static void set_format(const char *name)
{
	if (!strchr("bpsj", *name))
		errx(1, "%s: invalid output format", name);
	format = *name;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"print-file-name", no_argument, NULL, 'A'}, {"debug-syms", no_argument, NULL, 'a'}, {"dynamic", no_argument, NULL, 'D'},
		{"format", required_argument, NULL, 'f'}, {"extern-only", no_argument, NULL, 'g'}, {"numeric-sort", no_argument, NULL, 'n'}, {"portability", no_argument, NULL, 'P'},
		{"no-sort", no_argument, NULL, 'p'}, {"reverse-sort", no_argument, NULL, 'r'}, {"print-size", no_argument, NULL, 'S'}, {"radix", required_argument, NULL, 't'},
		{"undefined-only", no_argument, NULL, 'u'}, {"defined-only", no_argument, NULL, 'U'}, {"size-sort", no_argument, NULL, SIZE_SORT}, {"just-symbols", no_argument, NULL, 'j'},
		{"special-syms", no_argument, NULL, SPECIAL}, {0}};
	int status = 0;
	for (int option; (option = next_long_option(argc, argv, "AaDef:gjnoPprSt:uUvx", longs)) != -1;) {
		switch (option) {
		case 'A':
		case 'o': names_files = true; break;
		case 'a': shows_all = true; break;
		case 'D': is_dynamic = true; break;
		case 'f': set_format(optarg); break;
		case 'g': is_external = true; break;
		case 'j': format = 'j'; break;
		case 'n':
		case 'v': order = 'n'; break;
		case 'P': format = 'p'; break;
		case 'p': order = 'p'; break;
		case 'r': is_reversed = true; break;
		case 'S': shows_size = true; break;
		case 't': radix = *optarg; break;
		case 'x': radix = 'x'; break;
		case 'u': is_undefined_only = true; break;
		case 'U': is_defined_only = true; break;
		case SIZE_SORT: order = 's'; break;
		case SPECIAL: shows_special = true; break;
		default: break;
		}
	}
	if (!strchr("dox", radix))
		errx(1, "%c: invalid radix", radix);
	static char *unnamed[] = {"a.out", NULL};
	char **operands = argv[optind] ? argv + optind : unnamed;
	has_many = operands[0] && operands[1];
	for (; *operands; operands++) {
		size_t length = strlen(*operands);
		archive_path = length > 2 && !strcmp(*operands + length - 2, ".a") ? *operands : NULL;
		status |= each_object(*operands, visit);
	}
	return status;
}
