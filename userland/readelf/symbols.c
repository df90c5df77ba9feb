/* readelf -s: the symbol tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readelf.h"

enum { NAME_COLUMNS = 21 };

static const struct name TYPES[] = {{STT_NOTYPE, "NOTYPE"}, {STT_OBJECT, "OBJECT"}, {STT_FUNC, "FUNC"}, {STT_SECTION, "SECTION"}, {STT_FILE, "FILE"},
	{STT_COMMON, "COMMON"}, {STT_TLS, "TLS"}, {STT_GNU_IFUNC, "IFUNC"}, {0, NULL}};
static const struct name BINDS[] = {{STB_LOCAL, "LOCAL"}, {STB_GLOBAL, "GLOBAL"}, {STB_WEAK, "WEAK"}, {STB_GNU_UNIQUE, "UNIQUE"}, {0, NULL}};
static const struct name VISIBILITIES[] = {{STV_DEFAULT, "DEFAULT"}, {STV_INTERNAL, "INTERNAL"}, {STV_HIDDEN, "HIDDEN"}, {STV_PROTECTED, "PROTECTED"}, {0, NULL}};

static const char *known(const struct name *names, uint64_t number)
{
	const char *text = readelf_find(names, number);
	return text ? text : "<unknown>";
}

static const char *place(uint16_t index, char text[16])
{
	switch (index) {
	case SHN_UNDEF: return "UND";
	case SHN_ABS: return "ABS";
	case SHN_COMMON: return "COM";
	default: snprintf(text, 16, "%3d", index); return text;
	}
}

static void print_name(const struct elf_image *image, const Elf64_Shdr *table, const Elf64_Sym *symbol, size_t index)
{
	const char *name = elf_symbol_name(image, table, symbol);
	struct elf_version version = elf_symbol_version(image, table, index);
	/* The symbol of a version itself is not versioned. */
	if (!version.name || (symbol->st_shndx == SHN_ABS && !strcmp(version.name, name))) {
		readelf_name(NAME_COLUMNS, name);
		return;
	}
	char tail[32] = "";
	bool is_needed = symbol->st_shndx == SHN_UNDEF || version.is_needed, is_plain = version.is_hidden || is_needed;
	if (is_needed)
		snprintf(tail, sizeof tail, " (%u)", version.number);
	int taken = (is_plain ? 1 : 2) + (int)strlen(version.name) + (int)strlen(tail);
	if (taken != NAME_COLUMNS || readelf_is_wide)
		readelf_name(readelf_is_wide ? NAME_COLUMNS : NAME_COLUMNS - taken, name);
	printf("%s%s%s", is_plain ? "@" : "@@", version.name, tail);
}

static void print_symbol(const struct elf_image *image, const Elf64_Shdr *table, const Elf64_Sym *symbol, size_t index)
{
	char section[16], size[24];
	snprintf(size, sizeof size, symbol->st_size > 99999 ? "0x%llx" : "%llu", (unsigned long long)symbol->st_size);
	printf("%6zu: %16.16llx %5s %-7s %-6s %-7s", index, (unsigned long long)symbol->st_value, size, known(TYPES, ELF64_ST_TYPE(symbol->st_info)),
	       known(BINDS, ELF64_ST_BIND(symbol->st_info)), known(VISIBILITIES, ELF64_ST_VISIBILITY(symbol->st_other)));
	uint8_t other = symbol->st_other & ~3;
	if (image->header.e_machine == EM_RISCV && other == 0x80)
		printf(" [VARIANT_CC] ");
	else if (other)
		printf(" [<other>: %x] ", other);
	printf(" %4s ", place(symbol->st_shndx, section));
	print_name(image, table, symbol, index);
	putchar('\n');
}

void readelf_symbols(const struct elf_image *image, bool dynamic_only)
{
	bool has_any = false;
	for (size_t i = 0; i < image->section_count; i++) {
		const Elf64_Shdr *table = &image->sections[i];
		if (table->sh_type != SHT_DYNSYM && (dynamic_only || table->sh_type != SHT_SYMTAB))
			continue;
		size_t count;
		Elf64_Sym *symbols = elf_symbols(image, table, &count);
		printf("\nSymbol table '%s' contains %zu %s:\n", elf_section_name(image, i), count, count == 1 ? "entry" : "entries");
		printf("   Num:    Value          Size Type    Bind   Vis      Ndx Name\n");
		for (size_t j = 0; j < count; j++)
			print_symbol(image, table, &symbols[j], j);
		free(symbols);
		has_any = true;
	}
	if (!has_any && !dynamic_only && image->segment_count)
		printf("\nDynamic symbol information is not available for displaying symbols.\n");
}
