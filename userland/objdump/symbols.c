/* Which symbol an address is named by. */
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "tools.h"

/* RISC-V ELF psABI, program linkage table: a header of 32 bytes, entries of 16. */
enum { PLT_HEADER = 32, PLT_ENTRY = 16, R_JUMP_SLOT = 5 };
/* Functions before objects before the rest; global, weak, local among each. */
enum { RANKS = 3, PLT_RANK = 9, SLOT_RANK = 10 };

static void add(struct code_symbols *symbols, char *name, uint64_t address, uint64_t size, size_t section, int rank)
{
	if ((symbols->count & (symbols->count + 1)) == 0)
		symbols->list = reallocate(symbols->list, (symbols->count + 1) * 2 * sizeof *symbols->list);
	symbols->list[symbols->count++] = (struct code_symbol){name, address, size, section, rank};
}

/* By the name in front of the version. */
static int compare_names(const char *a, const char *b)
{
	size_t first = strcspn(a, "@"), second = strcspn(b, "@");
	int difference = memcmp(a, b, first < second ? first : second);
	return difference ? difference : (first > second) - (first < second);
}

static int compare(const void *left, const void *right)
{
	const struct code_symbol *a = left, *b = right;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank - b->rank;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	/* Names with a dot may be a section's. */
	if ((*a->name == '.') != (*b->name == '.'))
		return *a->name == '.' ? 1 : -1;
	return compare_names(a->name, b->name);
}

static int rank_of(const Elf64_Sym *symbol)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info), bind = ELF64_ST_BIND(symbol->st_info);
	int group = type == STT_FUNC ? 0 : type == STT_OBJECT ? 1 : 2;
	return RANKS * group + (bind == STB_LOCAL ? 2 : bind == STB_WEAK ? 1 : 0);
}

static void add_table(const struct elf_image *image, const Elf64_Shdr *table, struct code_symbols *symbols)
{
	size_t count;
	Elf64_Sym *list = elf_symbols(image, table, &count);
	for (size_t i = 1; i < count; i++) {
		const Elf64_Sym *symbol = &list[i];
		unsigned type = ELF64_ST_TYPE(symbol->st_info);
		const char *name = elf_symbol_name(image, table, symbol);
		if (!symbol->st_shndx || (symbol->st_shndx >= image->section_count && symbol->st_shndx != SHN_ABS) || type == STT_SECTION || type == STT_FILE)
			continue;
		/* Marks of code and data, and the label that assemblers make for themselves. */
		if (!*name || *name == '$' || !strcmp(name, ".L0 "))
			continue;
		struct elf_version version = elf_symbol_version(image, table, i);
		if (version.number == 1)
			version.name = "Base";
		char *full = version.name ? format_text("%s%s%s", name, version.is_hidden ? "@" : "@@", version.name) : duplicate(name);
		add(symbols, full, symbol->st_value, symbol->st_size, symbol->st_shndx, rank_of(symbol));
	}
	free(list);
}

static size_t section_named(const struct elf_image *image, const char *name)
{
	for (size_t i = 1; i < image->section_count; i++)
		if (!strcmp(elf_section_name(image, i), name))
			return i;
	return 0;
}

/* What the dynamic linker writes into the words of a relocation section, and the entries of .plt that jump through them. */
static void add_slots(const struct elf_image *image, size_t number, struct code_symbols *symbols)
{
	size_t plt = section_named(image, ".plt"), size, count;
	const Elf64_Shdr *section = &image->sections[number];
	bool is_plt = plt && !strcmp(elf_section_name(image, number), ".rela.plt");
	if (section->sh_type != SHT_RELA || !(section->sh_flags & SHF_ALLOC) || section->sh_link >= image->section_count)
		return;
	const Elf64_Shdr *table = &image->sections[section->sh_link];
	const unsigned char *content = elf_content(image, section, &size);
	Elf64_Sym *list = elf_symbols(image, table, &count);
	for (size_t i = 0; (i + 1) * sizeof(Elf64_Rela) <= size; i++) {
		Elf64_Rela entry;
		memcpy(&entry, content + i * sizeof entry, sizeof entry);
		size_t index = ELF64_R_SYM(entry.r_info);
		if (!index || index >= count)
			continue;
		const char *name = elf_symbol_name(image, table, &list[index]);
		struct elf_version version = elf_symbol_version(image, table, index);
		if (is_plt && ELF64_R_TYPE(entry.r_info) == R_JUMP_SLOT)
			add(symbols, format_text("%s@plt", name), image->sections[plt].sh_addr + PLT_HEADER + i * PLT_ENTRY, 0, plt, PLT_RANK);
		if (list[index].st_shndx == SHN_UNDEF)
			add(symbols, format_text("%s@%s", name, version.name ? version.name : "Base"), entry.r_offset, 0, 0, SLOT_RANK);
	}
	free(list);
}

struct code_symbols code_symbols_of(const struct elf_image *image)
{
	struct code_symbols symbols = {0};
	const Elf64_Shdr *table = elf_section_of_type(image, SHT_SYMTAB);
	if (!table)
		table = elf_section_of_type(image, SHT_DYNSYM);
	if (table)
		add_table(image, table, &symbols);
	for (size_t i = 1; i < image->section_count && image->header.e_machine == EM_RISCV; i++)
		add_slots(image, i, &symbols);
	if (symbols.count)
		qsort(symbols.list, symbols.count, sizeof *symbols.list, compare);
	return symbols;
}

void code_symbols_free(struct code_symbols *symbols)
{
	for (size_t i = 0; i < symbols->count; i++)
		free(symbols->list[i].name);
	free(symbols->list);
}

/* Slots name their own address only. */
static bool is_usable(const struct code_symbol *symbol, uint64_t address, size_t section)
{
	return symbol->section ? !section || symbol->section == section : symbol->address == address;
}

const struct code_symbol *code_symbol_near(const struct code_symbols *symbols, uint64_t address, size_t section)
{
	const struct code_symbol *best = NULL;
	size_t from = 0, to = symbols->count;
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (symbols->list[middle].address <= address)
			from = middle + 1;
		else
			to = middle;
	}
	for (size_t i = from; i-- > 0 && (!best || symbols->list[i].address == best->address);)
		if (is_usable(&symbols->list[i], address, section))
			best = &symbols->list[i];
	for (size_t i = from; !best && i < symbols->count; i++)
		if (is_usable(&symbols->list[i], address, section))
			best = &symbols->list[i];
	return best;
}
