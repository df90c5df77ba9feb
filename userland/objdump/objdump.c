/*
 * objdump: what is in object files, code as assembly
 * https://sourceware.org/binutils/docs/binutils/objdump.html
 *
 * Usage: objdump [-dDfhstT] [-j SECTION] [-M no-aliases,numeric] [--disassemble=SYMBOL] [--no-show-raw-insn]
 *                [--start-address=A] [--stop-address=A] FILE...
 *   -d             code of the sections that have any; -D: of all
 *   -f             header of the file; -h: of its sections
 *   -j SECTION     only that one
 *   -M no-aliases  instructions by their own names; numeric: x10 for a0
 *   -s             all bytes
 *   -t, -T         symbols, dynamic symbols
 *   -w  accepted: lines are never cut
 *
 * Vector instructions are shown as data.
 */
#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "tools.h"

enum { SYMBOL = 256, NO_BYTES, START, STOP, LINE = 16 };

static bool shows_code, is_all, shows_header, shows_sections, shows_bytes, shows_symbols, shows_dynamic;
static const char *only_section;
static struct listing_options options = {.stop = UINT64_MAX};

static bool is_wanted(const struct elf_image *image, size_t section)
{
	return !only_section || !strcmp(elf_section_name(image, section), only_section);
}

static bool has_content(const Elf64_Shdr *section)
{
	return section->sh_type != SHT_NOBITS && section->sh_size;
}

/* Tables of the linker are no sections of the program. */
static bool is_section(const Elf64_Shdr *section)
{
	bool is_table = section->sh_type == SHT_SYMTAB || section->sh_type == SHT_STRTAB || section->sh_type == SHT_RELA || section->sh_type == SHT_REL;
	return section->sh_type != SHT_NULL && (!is_table || section->sh_flags & SHF_ALLOC);
}

static void print_header(const struct elf_image *image)
{
	const Elf64_Ehdr *header = &image->header;
	bool is_dynamic = header->e_type == ET_DYN, has_symbols = elf_section_of_type(image, SHT_SYMTAB) || elf_section_of_type(image, SHT_DYNSYM);
	bool has_pages = header->e_phnum > 0, is_program = header->e_type == ET_EXEC, is_object = header->e_type == ET_REL;
	unsigned flags = (is_object ? 0x1u : 0) | (is_program ? 0x2u : 0) | (has_symbols ? 0x10u : 0) | (is_dynamic ? 0x40u : 0) | (has_pages ? 0x100u : 0);
	bool has_relocations = false;
	for (size_t i = 0; i < image->section_count; i++)
		has_relocations |= image->sections[i].sh_type == SHT_RELA && !(image->sections[i].sh_flags & SHF_ALLOC);
	flags &= has_relocations ? ~0u : ~1u;
	printf("architecture: %s, flags 0x%08x:\n", header->e_machine == EM_RISCV ? "riscv:rv64" : "UNKNOWN!", flags);
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {{1, "HAS_RELOC"}, {2, "EXEC_P"}, {0x10, "HAS_SYMS"}, {0x40, "DYNAMIC"}, {0x100, "D_PAGED"}};
	bool is_first = true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!(flags & names[i].flag))
			continue;
		printf("%s%s", is_first ? "" : ", ", names[i].name);
		is_first = false;
	}
	printf("\nstart address 0x%016" PRIx64 "\n\n", header->e_entry);
}

static void print_section_flags(const struct elf_image *image, size_t number)
{
	const Elf64_Shdr *section = &image->sections[number];
	bool is_loaded = section->sh_flags & SHF_ALLOC, is_code = section->sh_flags & SHF_EXECINSTR, has_bytes = section->sh_type != SHT_NOBITS;
	bool is_relocated = false;
	for (size_t i = 0; i < image->section_count; i++)
		is_relocated |= image->sections[i].sh_type == SHT_RELA && image->sections[i].sh_info == number && image->header.e_type == ET_REL;
	const char *name = elf_section_name(image, number);
	bool is_debugging = !is_loaded && (!strncmp(name, ".debug", 6) || !strncmp(name, ".stab", 5) || !strncmp(name, ".gdb_index", 10));
	const struct {
		bool is_set;
		const char *name;
	} flags[] = {{has_bytes, "CONTENTS"}, {is_loaded, "ALLOC"}, {is_loaded && has_bytes, "LOAD"}, {is_relocated, "RELOC"}, {!(section->sh_flags & SHF_WRITE) && has_bytes, "READONLY"},
		{is_code, "CODE"}, {is_loaded && has_bytes && !is_code, "DATA"}, {is_debugging, "DEBUGGING"}, {is_debugging, "OCTETS"}, {section->sh_flags & SHF_EXCLUDE, "EXCLUDE"},
		{section->sh_flags & SHF_TLS, "THREAD_LOCAL"}};
	printf("                  ");
	bool is_first = true;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!flags[i].is_set)
			continue;
		printf("%s%s", is_first ? "" : ", ", flags[i].name);
		is_first = false;
	}
	putchar('\n');
}

static uint64_t load_address(const struct elf_image *image, const Elf64_Shdr *section)
{
	for (size_t i = 0; i < image->segment_count; i++) {
		const Elf64_Phdr *segment = &image->segments[i];
		if (segment->p_type == PT_LOAD && section->sh_flags & SHF_ALLOC && section->sh_addr >= segment->p_vaddr && section->sh_addr < segment->p_vaddr + segment->p_memsz)
			return section->sh_addr - segment->p_vaddr + segment->p_paddr;
	}
	return section->sh_addr;
}

static int log2_of(uint64_t value)
{
	int result = 0;
	while (value > 1) {
		value >>= 1;
		result++;
	}
	return result;
}

static void print_sections(const struct elf_image *image)
{
	int number = -1;
	printf("Sections:\nIdx Name          Size      VMA               LMA               File off  Algn\n");
	for (size_t i = 1; i < image->section_count; i++) {
		const Elf64_Shdr *section = &image->sections[i];
		if (!is_section(section))
			continue;
		number++;
		if (!is_wanted(image, i))
			continue;
		printf("%3d %-13s %08" PRIx64 "  %016" PRIx64 "  %016" PRIx64 "  %08" PRIx64 "  2**%d\n", number, elf_section_name(image, i), section->sh_size, section->sh_addr,
		       load_address(image, section), section->sh_offset, log2_of(section->sh_addralign));
		print_section_flags(image, i);
	}
}

static const char *place(const struct elf_image *image, const Elf64_Sym *symbol)
{
	switch (symbol->st_shndx) {
	case SHN_UNDEF: return "*UND*";
	case SHN_ABS: return "*ABS*";
	case SHN_COMMON: return "*COM*";
	default: return elf_section_name(image, symbol->st_shndx);
	}
}

static void print_symbols(const struct elf_image *image, bool is_dynamic)
{
	const Elf64_Shdr *table = elf_section_of_type(image, is_dynamic ? SHT_DYNSYM : SHT_SYMTAB);
	printf(is_dynamic ? "DYNAMIC SYMBOL TABLE:\n" : "SYMBOL TABLE:\n");
	size_t count = 0;
	Elf64_Sym *symbols = table ? elf_symbols(image, table, &count) : NULL;
	if (count <= 1)
		printf("no symbols\n");
	for (size_t i = 1; i < count; i++) {
		const Elf64_Sym *symbol = &symbols[i];
		unsigned type = ELF64_ST_TYPE(symbol->st_info), bind = ELF64_ST_BIND(symbol->st_info);
		const char *name = elf_symbol_name(image, table, symbol);
		if (elf_is_special(image, name))
			continue;
		bool is_undefined = symbol->st_shndx == SHN_UNDEF, is_debugging = type == STT_SECTION || type == STT_FILE;
		char scope = bind == STB_LOCAL ? 'l' : bind == STB_GNU_UNIQUE ? 'u' : bind == STB_GLOBAL && !is_undefined ? 'g' : ' ';
		char kind = type == STT_FUNC || type == STT_GNU_IFUNC ? 'F' : type == STT_FILE ? 'f' : type == STT_OBJECT || type == STT_COMMON ? 'O' : ' ';
		printf("%016" PRIx64 " %c%c  %c%c%c %s\t%016" PRIx64 " ", symbol->st_shndx == SHN_COMMON ? symbol->st_size : symbol->st_value, scope, bind == STB_WEAK ? 'w' : ' ',
		       type == STT_GNU_IFUNC ? 'i' : ' ', is_debugging ? 'd' : is_dynamic ? 'D' : ' ', kind, place(image, symbol), symbol->st_shndx == SHN_COMMON ? symbol->st_value : symbol->st_size);
		/* A file with versions has room for them in both tables. */
		if (elf_section_of_type(image, SHT_GNU_versym)) {
			struct elf_version version = elf_symbol_version(image, table, i);
			bool is_bracketed = version.name && (version.is_hidden || is_undefined);
			char *text = is_bracketed ? format_text("(%s)", version.name) : duplicate(version.name ? version.name : version.number == 1 ? "Base" : "");
			printf(is_bracketed ? "%-12s " : " %-11s ", text);
			free(text);
		}
		unsigned visibility = ELF64_ST_VISIBILITY(symbol->st_other);
		printf("%s%s\n", visibility == STV_HIDDEN ? ".hidden " : visibility == STV_PROTECTED ? ".protected " : visibility == STV_INTERNAL ? ".internal " : "", name);
	}
	free(symbols);
	printf("\n\n");
}

/* Whether section `number` goes on behind the end of the file, which is said: a damaged size would show the rest of the file. */
static bool is_truncated(const struct elf_image *image, size_t number)
{
	size_t size;
	elf_content(image, &image->sections[number], &size);
	if (size == image->sections[number].sh_size)
		return false;
	warnx("Reading section %s failed because: file truncated", elf_section_name(image, number));
	return true;
}

static void print_bytes(const struct elf_image *image, size_t number)
{
	size_t size;
	const unsigned char *content = elf_content(image, &image->sections[number], &size);
	uint64_t base = image->sections[number].sh_addr;
	char digits[24];
	int width = snprintf(digits, sizeof digits, "%" PRIx64, base + size);
	width = width > 4 ? width : 4;
	printf("Contents of section %s:\n", elf_section_name(image, number));
	if (is_truncated(image, number))
		return;
	for (size_t at = 0; at < size; at += LINE) {
		printf(" %0*" PRIx64 " ", width, base + at);
		for (size_t i = 0; i < LINE; i++) {
			if (at + i < size)
				printf("%02x", content[at + i]);
			else
				printf("  ");
			if (i % 4 == 3)
				putchar(' ');
		}
		putchar(' ');
		for (size_t i = at; i < at + LINE; i++)
			putchar(i < size && isprint(content[i]) ? content[i] : i < size ? '.' : ' ');
		putchar('\n');
	}
}

static int visit(struct elf_image *image, const char *member)
{
	printf(member ? "\n%s:     file format elf64-%s\n" : "\n%s:     file format elf64-%s\n", image->path, image->header.e_machine == EM_RISCV ? "littleriscv" : "little");
	if (shows_header)
		print_header(image);
	else
		printf("\n");
	if (shows_sections)
		print_sections(image);
	if (shows_symbols)
		print_symbols(image, false);
	bool is_refused = shows_dynamic && !elf_section_of_type(image, SHT_DYNSYM);
	if (shows_dynamic)
		print_symbols(image, true);
	if (is_refused)
		warnx("%s: not a dynamic object", image->path);
	for (size_t i = 1; shows_bytes && i < image->section_count; i++)
		if (is_section(&image->sections[i]) && has_content(&image->sections[i]) && is_wanted(image, i))
			print_bytes(image, i);
	if (!shows_code)
		return is_refused;
	if (image->header.e_machine != EM_RISCV) {
		warnx("%s: only RISC-V code can be disassembled", image->path);
		return 1;
	}
	struct code_symbols symbols = code_symbols_of(image);
	for (size_t i = 1; i < image->section_count; i++) {
		const Elf64_Shdr *section = &image->sections[i];
		bool is_code = section->sh_flags & SHF_EXECINSTR || is_all || only_section;
		if (is_section(section) && has_content(section) && is_code && is_wanted(image, i) && !is_truncated(image, i))
			list_section(image, i, &symbols, &options);
	}
	code_symbols_free(&symbols);
	return is_refused;
}

static void parse_machine_options(char *list)
{
	for (char *word; (word = strsep(&list, ","));) {
		if (!strcmp(word, "no-aliases"))
			options.style.has_no_aliases = true;
		else if (!strcmp(word, "numeric"))
			options.style.is_numeric = true;
		else
			warnx("warning: unrecognized disassembler option: %s", word);
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"disassemble", optional_argument, NULL, SYMBOL}, {"disassemble-all", no_argument, NULL, 'D'}, {"file-headers", no_argument, NULL, 'f'},
		{"section-headers", no_argument, NULL, 'h'}, {"headers", no_argument, NULL, 'h'}, {"section", required_argument, NULL, 'j'}, {"disassembler-options", required_argument, NULL, 'M'},
		{"full-contents", no_argument, NULL, 's'}, {"syms", no_argument, NULL, 't'}, {"dynamic-syms", no_argument, NULL, 'T'}, {"no-show-raw-insn", no_argument, NULL, NO_BYTES},
		{"start-address", required_argument, NULL, START}, {"stop-address", required_argument, NULL, STOP}, {0}};
	int status = 0;
	for (int option; (option = next_long_option(argc, argv, "dDfhj:M:stTw", longs)) != -1;) {
		switch (option) {
		case 'D': is_all = true; /* fallthrough */
		case 'd': shows_code = true; break;
		case SYMBOL:
			shows_code = true;
			options.only = optarg;
			break;
		case 'f': shows_header = true; break;
		case 'h': shows_sections = true; break;
		case 'j': only_section = optarg; break;
		case 'M': parse_machine_options(optarg); break;
		case 's': shows_bytes = true; break;
		case 't': shows_symbols = true; break;
		case 'T': shows_dynamic = true; break;
		case NO_BYTES: options.has_no_bytes = true; break;
		case START: options.start = strtoull(optarg, NULL, 0); break;
		case STOP: options.stop = strtoull(optarg, NULL, 0); break;
		default: break;
		}
	}
	if (!shows_code && !shows_header && !shows_sections && !shows_bytes && !shows_symbols && !shows_dynamic)
		usage_error("at least one of -d -D -f -h -s -t -T is expected");
	static char *unnamed[] = {"a.out", NULL};
	for (char **operand = argv[optind] ? argv + optind : unnamed; *operand; operand++) {
		size_t length = strlen(*operand);
		if (length > 2 && !strcmp(*operand + length - 2, ".a"))
			printf("In archive %s:\n", *operand);
		status |= each_object(*operand, visit);
	}
	return status;
}
