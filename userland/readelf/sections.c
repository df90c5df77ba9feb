/* readelf -S: the section headers. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "readelf.h"

static const struct name TYPES[] = {{SHT_NULL, "NULL"}, {SHT_PROGBITS, "PROGBITS"}, {SHT_SYMTAB, "SYMTAB"}, {SHT_STRTAB, "STRTAB"}, {SHT_RELA, "RELA"},
	{SHT_HASH, "HASH"}, {SHT_DYNAMIC, "DYNAMIC"}, {SHT_NOTE, "NOTE"}, {SHT_NOBITS, "NOBITS"}, {SHT_REL, "REL"}, {SHT_SHLIB, "SHLIB"}, {SHT_DYNSYM, "DYNSYM"},
	{SHT_INIT_ARRAY, "INIT_ARRAY"}, {SHT_FINI_ARRAY, "FINI_ARRAY"}, {SHT_PREINIT_ARRAY, "PREINIT_ARRAY"}, {SHT_GROUP, "GROUP"}, {SHT_SYMTAB_SHNDX, "SYMTAB SECTION INDICES"},
	{19, "RELR"}, {SHT_GNU_ATTRIBUTES, "GNU_ATTRIBUTES"}, {SHT_GNU_HASH, "GNU_HASH"}, {SHT_GNU_LIBLIST, "GNU_LIBLIST"}, {SHT_GNU_verdef, "VERDEF"},
	{SHT_GNU_verneed, "VERNEED"}, {SHT_GNU_versym, "VERSYM"}, {0, NULL}};

static const struct name FLAGS[] = {{SHF_WRITE, "W"}, {SHF_ALLOC, "A"}, {SHF_EXECINSTR, "X"}, {SHF_MERGE, "M"}, {SHF_STRINGS, "S"}, {SHF_INFO_LINK, "I"},
	{SHF_LINK_ORDER, "L"}, {SHF_OS_NONCONFORMING, "O"}, {SHF_GROUP, "G"}, {SHF_TLS, "T"}, {SHF_EXCLUDE, "E"}, {SHF_COMPRESSED, "C"}, {0, NULL}};

void readelf_name(int width, const char *name)
{
	int columns = width < 0 ? -width : width, length = (int)strlen(name), printed = 0;
	bool is_cut = !readelf_is_wide && length > columns;
	int room = is_cut ? columns - 5 : length;
	for (; printed < room; printed++)
		putchar(iscntrl((unsigned char)name[printed]) ? '^' : name[printed]);
	if (is_cut)
		printed = (printed > 0 ? printed : 0) + printf("[...]");
	if (width < 0 && printed < columns)
		printf("%*s", columns - printed, "");
}

static const char *type_name(const struct elf_image *image, uint32_t type, char text[32])
{
	const char *known = readelf_find(TYPES, type);
	if (image->header.e_machine == EM_RISCV && type == SHT_LOPROC + 3)
		return "RISCV_ATTRIBUTES";
	if (image->header.e_machine == EM_X86_64 && type == SHT_LOPROC + 1)
		return "X86_64_UNWIND";
	if (known)
		return known;
	if (type >= SHT_LOPROC && type <= SHT_HIPROC)
		snprintf(text, 32, "LOPROC+%#x", type - SHT_LOPROC);
	else if (type >= SHT_LOOS && type <= SHT_HIOS)
		snprintf(text, 32, "LOOS+%#x", type - SHT_LOOS);
	else
		snprintf(text, 32, "%08x: <unknown>", type);
	return text;
}

static void flag_letters(uint64_t flags, char text[32])
{
	size_t length = 0;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t flag = 1ull << bit;
		if (!(flags & flag))
			continue;
		const char *letter = readelf_find(FLAGS, flag);
		char other = flag & SHF_MASKOS ? 'o' : flag & SHF_MASKPROC ? 'p' : 'x';
		if (letter || !length || text[length - 1] != other)
			text[length++] = letter ? *letter : other;
	}
	text[length] = 0;
}

static void print_section(const struct elf_image *image, size_t index)
{
	const Elf64_Shdr *section = &image->sections[index];
	char type[32], flags[80];
	flag_letters(section->sh_flags, flags);
	printf("  [%2zu] ", index);
	readelf_name(-17, elf_section_name(image, index));
	printf(readelf_is_wide ? " %-15s " : " %-15.15s ", type_name(image, section->sh_type, type));
	unsigned long long address = section->sh_addr, offset = section->sh_offset, size = section->sh_size, entry = section->sh_entsize, align = section->sh_addralign;
	if (readelf_is_wide)
		printf("%16.16llx %6.6llx %6.6llx %2.2llx %3s %2u %3u %2llu\n", address, offset, size, entry, flags, section->sh_link, section->sh_info, align);
	else
		printf(" %16.16llx  %8.8llx\n       %16.16llx  %16.16llx %3s      %2u   %3u     %llu\n", address, offset, size, entry, flags, section->sh_link, section->sh_info, align);
}

void readelf_sections(const struct elf_image *image)
{
	if (!image->section_count) {
		printf("\nThere are no sections in this file.\n");
		return;
	}
	if (!readelf_is_headed)
		printf("There are %zu section headers, starting at offset 0x%llx:\n", image->section_count, (unsigned long long)image->header.e_shoff);
	printf(image->section_count == 1 ? "\nSection Header:\n" : "\nSection Headers:\n");
	if (readelf_is_wide)
		printf("  [Nr] Name              Type            Address          Off    Size   ES Flg Lk Inf Al\n");
	else
		printf("  [Nr] Name              Type             Address           Offset\n       Size              EntSize          Flags  Link  Info  Align\n");
	for (size_t i = 0; i < image->section_count; i++)
		print_section(image, i);
	printf("Key to Flags:\n  W (write), A (alloc), X (execute), M (merge), S (strings), I (info),\n"
	       "  L (link order), O (extra OS processing required), G (group), T (TLS),\n  C (compressed), x (unknown), o (OS specific), E (exclude),\n");
	bool is_gnu = image->header.e_ident[EI_OSABI] == ELFOSABI_GNU, is_large = image->header.e_machine == EM_X86_64;
	printf("  %sD (mbind), %sp (processor specific)\n", is_gnu ? "R (retain), " : "", is_large ? "l (large), " : "");
}
