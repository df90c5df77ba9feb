/* readelf -r: the relocations (RISC-V ELF psABI, 8.5, and the x86-64 ones of dynamic files). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readelf.h"

static const struct name RISCV[] = {{0, "R_RISCV_NONE"}, {1, "R_RISCV_32"}, {2, "R_RISCV_64"}, {3, "R_RISCV_RELATIVE"}, {4, "R_RISCV_COPY"}, {5, "R_RISCV_JUMP_SLOT"},
	{6, "R_RISCV_TLS_DTPMOD32"}, {7, "R_RISCV_TLS_DTPMOD64"}, {8, "R_RISCV_TLS_DTPREL32"}, {9, "R_RISCV_TLS_DTPREL64"}, {10, "R_RISCV_TLS_TPREL32"},
	{11, "R_RISCV_TLS_TPREL64"}, {12, "R_RISCV_TLSDESC"}, {16, "R_RISCV_BRANCH"}, {17, "R_RISCV_JAL"}, {18, "R_RISCV_CALL"}, {19, "R_RISCV_CALL_PLT"},
	{20, "R_RISCV_GOT_HI20"}, {21, "R_RISCV_TLS_GOT_HI20"}, {22, "R_RISCV_TLS_GD_HI20"}, {23, "R_RISCV_PCREL_HI20"}, {24, "R_RISCV_PCREL_LO12_I"},
	{25, "R_RISCV_PCREL_LO12_S"}, {26, "R_RISCV_HI20"}, {27, "R_RISCV_LO12_I"}, {28, "R_RISCV_LO12_S"}, {29, "R_RISCV_TPREL_HI20"}, {30, "R_RISCV_TPREL_LO12_I"},
	{31, "R_RISCV_TPREL_LO12_S"}, {32, "R_RISCV_TPREL_ADD"}, {33, "R_RISCV_ADD8"}, {34, "R_RISCV_ADD16"}, {35, "R_RISCV_ADD32"}, {36, "R_RISCV_ADD64"},
	{37, "R_RISCV_SUB8"}, {38, "R_RISCV_SUB16"}, {39, "R_RISCV_SUB32"}, {40, "R_RISCV_SUB64"}, {41, "R_RISCV_GNU_VTINHERIT"}, {42, "R_RISCV_GNU_VTENTRY"},
	{43, "R_RISCV_ALIGN"}, {44, "R_RISCV_RVC_BRANCH"}, {45, "R_RISCV_RVC_JUMP"}, {46, "R_RISCV_RVC_LUI"}, {51, "R_RISCV_RELAX"}, {52, "R_RISCV_SUB6"},
	{53, "R_RISCV_SET6"}, {54, "R_RISCV_SET8"}, {55, "R_RISCV_SET16"}, {56, "R_RISCV_SET32"}, {57, "R_RISCV_32_PCREL"}, {58, "R_RISCV_IRELATIVE"}, {59, "R_RISCV_PLT32"},
	{60, "R_RISCV_SET_ULEB128"}, {61, "R_RISCV_SUB_ULEB128"}, {0, NULL}};
static const struct name X86_64[] = {{1, "R_X86_64_64"}, {2, "R_X86_64_PC32"}, {4, "R_X86_64_PLT32"}, {5, "R_X86_64_COPY"}, {6, "R_X86_64_GLOB_DAT"},
	{7, "R_X86_64_JUMP_SLOT"}, {8, "R_X86_64_RELATIVE"}, {10, "R_X86_64_32"}, {11, "R_X86_64_32S"}, {16, "R_X86_64_DTPMOD64"}, {17, "R_X86_64_DTPOFF64"},
	{18, "R_X86_64_TPOFF64"}, {24, "R_X86_64_PC64"}, {36, "R_X86_64_TLSDESC"}, {37, "R_X86_64_IRELATIVE"}, {0, NULL}};

static const struct name NONE[] = {{0, NULL}};

struct table {
	Elf64_Shdr header; /* of the symbols; sh_type 0: there are none */
	Elf64_Sym *symbols;
	size_t count;
};

static void print_addend(long long addend)
{
	printf(addend < 0 ? " - %llx" : " + %llx", addend < 0 ? -(unsigned long long)addend : (unsigned long long)addend);
}

static void print_symbol(const struct elf_image *image, const struct table *table, size_t index)
{
	const Elf64_Sym *symbol = &table->symbols[index];
	printf(" %16.16llx ", (unsigned long long)symbol->st_value);
	readelf_name(22, elf_symbol_name(image, &table->header, symbol));
	struct elf_version version = elf_symbol_version(image, &table->header, index);
	if (version.name)
		printf("%s%s", version.is_hidden || version.is_needed ? "@" : "@@", version.name);
}

static void print_entry(const struct elf_image *image, const struct table *table, const Elf64_Rela *entry)
{
	uint64_t type = ELF64_R_TYPE(entry->r_info), index = ELF64_R_SYM(entry->r_info);
	const struct name *names = image->header.e_machine == EM_RISCV ? RISCV : image->header.e_machine == EM_X86_64 ? X86_64 : NONE;
	const char *name = readelf_find(names, type);
	if (readelf_is_wide)
		printf("%16.16llx  %16.16llx ", (unsigned long long)entry->r_offset, (unsigned long long)entry->r_info);
	else
		printf("%12.12llx  %12.12llx ", (unsigned long long)(entry->r_offset & 0xffffffffffffull), (unsigned long long)(entry->r_info & 0xffffffffffffull));
	if (!name)
		printf("unrecognized: %-7llx", (unsigned long long)type);
	else
		printf(readelf_is_wide ? "%-22s" : "%-17.17s", name);
	if (index && index < table->count) {
		print_symbol(image, table, index);
		print_addend(entry->r_addend);
	} else if (index) {
		printf(" bad symbol index: %08llx", (unsigned long long)index);
	} else {
		unsigned long long addend = (unsigned long long)entry->r_addend;
		printf(entry->r_addend < 0 ? "%*c-%llx" : "%*c%llx", readelf_is_wide ? 26 - 6 : 20, ' ', entry->r_addend < 0 ? -addend : addend);
	}
	putchar('\n');
}

static void print_relocations(const struct elf_image *image, size_t number)
{
	const Elf64_Shdr *section = &image->sections[number];
	struct table table = {0};
	size_t size;
	const unsigned char *content = elf_content(image, section, &size);
	if (section->sh_link && section->sh_link < image->section_count) {
		table.header = image->sections[section->sh_link];
		table.symbols = elf_symbols(image, &table.header, &table.count);
	}
	size_t count = size / sizeof(Elf64_Rela);
	printf("\nRelocation section '%s' at offset 0x%llx contains %zu %s:\n", elf_section_name(image, number), (unsigned long long)section->sh_offset, count,
	       count == 1 ? "entry" : "entries");
	if (readelf_is_wide)
		printf("    Offset             Info             Type               Symbol's Value  Symbol's Name + Addend\n");
	else
		printf("  Offset          Info           Type           Sym. Value    Sym. Name + Addend\n");
	for (size_t i = 0; i < count; i++) {
		Elf64_Rela entry;
		memcpy(&entry, content + i * sizeof entry, sizeof entry);
		print_entry(image, &table, &entry);
	}
	free(table.symbols);
}

void readelf_relocations(const struct elf_image *image)
{
	bool has_any = false;
	for (size_t i = 0; i < image->section_count; i++) {
		if (image->sections[i].sh_type != SHT_RELA || !image->sections[i].sh_size)
			continue;
		print_relocations(image, i);
		has_any = true;
	}
	if (!has_any)
		printf("\nThere are no relocations in this file.\n");
}
