/* Addresses, bytes, text, and the addresses that pairs of instructions compute. */
#include "listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

enum { ZERO_RUN = 8, ZERO_RUN_AT_END = 3, ZERO_ALIGN = 4, BYTES_WIDTH = 20, ADDRESS_DIGITS = 4, GLOBAL_POINTER = 3, THREAD_POINTER = 4, REGISTERS = 32 };

struct listing {
	const struct elf_image *image;
	size_t section;
	const struct code_symbols *symbols;
	const struct listing_options *options;
	/* What lui and auipc put into registers, until its first use. */
	uint64_t high[REGISTERS];
	bool is_high[REGISTERS];
	bool has_global_pointer;
	uint64_t global_pointer;
};

static void print_name(const struct code_symbol *symbol, uint64_t address)
{
	fputs(symbol->name, stdout);
	if (address > symbol->address)
		printf("+0x%" PRIx64, address - symbol->address);
	else if (address < symbol->address)
		printf("-0x%" PRIx64, symbol->address - address);
}

static void print_place(const struct listing *listing, uint64_t address)
{
	/* Addresses in object files begin anew in each section. */
	bool is_object = listing->image->header.e_type == ET_REL;
	const struct code_symbol *symbol = code_symbol_near(listing->symbols, address, is_object ? listing->section : 0);
	if (!symbol) {
		printf("0x%" PRIx64, address);
		return;
	}
	printf("%" PRIx64 " <", address);
	print_name(symbol, address);
	putchar('>');
}

static bool begins_with(const char *text, const char *const *words)
{
	for (; *words; words++) {
		size_t length = strlen(*words);
		if (!strncmp(text, *words, length) && (!text[length] || text[length] == ' '))
			return true;
	}
	return false;
}

/* Loads, stores and additions of an offset. */
static bool adds_offset(const char *name)
{
	static const char *const names[] = {"lb", "lbu", "lh", "lhu", "lw", "lwu", "ld", "sb", "sh", "sw", "sd", "flh", "flw", "fld", "fsh", "fsw", "fsd", "addi", "addiw", "jalr", NULL};
	return begins_with(name, names);
}

/* The address that an instruction computes from a register with a known upper part; false if it is not to be told. */
static bool follow(struct listing *listing, const struct instruction *instruction, uint32_t bits, uint64_t pc, const char *text, uint64_t *address)
{
	static const char *const silent[] = {"li", "mv", "sext.w", "nop", "ret", NULL};
	const struct operands *operands = &instruction->operands;
	const char *name = instruction->row->name;
	uint32_t base = operands->rs1;
	if (!strcmp(name, "auipc") || !strcmp(name, "lui")) {
		listing->high[operands->rd] = (*name == 'a' ? pc : 0) + (uint64_t)(int64_t)operands->imm;
		listing->is_high[operands->rd] = true;
	}
	/* Of the compressed forms objdump looks at c.addi and c.addiw only. */
	bool accumulates = operands->rd && ((bits & 0xe003) == 0x0001 || (bits & 0xe003) == 0x2001);
	if ((instruction->form && !accumulates) || !adds_offset(name) || begins_with(text, silent) || (!strcmp(name, "addi") && !base))
		return false;
	uint64_t offset = (uint64_t)(int64_t)operands->imm;
	if (listing->is_high[base])
		*address = (base ? listing->high[base] : 0) + offset;
	else if (base == GLOBAL_POINTER && listing->has_global_pointer)
		*address = listing->global_pointer + offset;
	else if (!base || base == THREAD_POINTER)
		*address = offset;
	else
		return false;
	listing->is_high[base] = false;
	if (!strcmp(name, "addiw"))
		*address = (uint64_t)(int64_t)(int32_t)*address;
	return true;
}

static void print_text(struct listing *listing, const struct instruction *instruction, uint32_t bits, uint64_t pc)
{
	char text[128];
	uint64_t address;
	disassembly_text(instruction, bits, pc, &listing->options->style, text);
	bool is_told = instruction->row && follow(listing, instruction, bits, pc, text, &address);
	char *blank = strchr(text, ' ');
	if (blank)
		*blank = '\t';
	bool has_target = instruction->row && (instruction->row->format == FORMAT_B || instruction->row->format == FORMAT_J);
	char *target = has_target ? strrchr(text, 'x') : NULL;
	if (target && target > text && target[-1] == '0') {
		printf("%.*s", (int)(target - 1 - text), text);
		print_place(listing, pc + (uint64_t)(int64_t)instruction->operands.imm);
	} else {
		fputs(text, stdout);
	}
	if (is_told) {
		printf(" # ");
		print_place(listing, address);
	}
	putchar('\n');
}

static void print_bytes(const struct listing *listing, uint32_t bits, int length)
{
	char raw[16];
	int digits = length * 2, width = length == 4 ? BYTES_WIDTH - 2 : BYTES_WIDTH;
	snprintf(raw, sizeof raw, "%0*" PRIx32, digits, bits);
	if (!listing->options->has_no_bytes)
		printf("%-*s\t", width, raw);
}

/* One instruction, or what is left of one at the end; its length. */
static int print_item(struct listing *listing, const unsigned char *at, size_t left, uint64_t pc)
{
	if (left == 1) {
		print_bytes(listing, at[0], 1);
		printf(".byte\t0x%02x\n", at[0]);
		return 1;
	}
	uint32_t bits = at[0] | (uint32_t)at[1] << 8;
	bool is_long = (bits & 3) == 3;
	if (is_long && left < 4) {
		print_bytes(listing, bits, 2);
		printf(".2byte\t0x%" PRIx32 "\n", bits);
		return 2;
	}
	if (is_long)
		bits |= (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
	struct instruction instruction = disassembly_decode(bits);
	print_bytes(listing, bits, instruction.length);
	print_text(listing, &instruction, bits, pc);
	return instruction.length;
}

/* Zero bytes that are left out: long runs, and a few at the end. */
static size_t zero_run(const unsigned char *bytes, size_t size)
{
	size_t length = 0;
	while (length < size && !bytes[length])
		length++;
	if (length && length == size)
		return length >= ZERO_RUN || length < ZERO_RUN_AT_END ? length : 0;
	return length >= ZERO_RUN ? length - length % ZERO_ALIGN : 0;
}

static int address_width(uint64_t last)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%" PRIx64, last);
	return (length / ADDRESS_DIGITS + 1) * ADDRESS_DIGITS;
}

/* Where a symbol is, and at the start of what is listed: there the nearest one, with the distance. */
static void print_label(const struct listing *listing, uint64_t pc, bool is_start)
{
	const struct code_symbol *symbol = code_symbol_near(listing->symbols, pc, listing->section);
	if (!is_start && (!symbol || symbol->address != pc))
		return;
	printf("\n%016" PRIx64 " <", pc);
	if (!symbol)
		fputs(elf_section_name(listing->image, listing->section), stdout);
	else
		print_name(symbol, pc);
	printf(">:\n");
}

/* Narrows the range to a symbol; false if it is not in this section. */
static bool narrow(const struct listing *listing, uint64_t *first, uint64_t *last)
{
	for (size_t i = 0; i < listing->symbols->count; i++) {
		const struct code_symbol *symbol = &listing->symbols->list[i];
		if (symbol->section != listing->section || strcmp(symbol->name, listing->options->only))
			continue;
		*first = symbol->address;
		if (symbol->size && symbol->address + symbol->size < *last)
			*last = symbol->address + symbol->size;
		return true;
	}
	return false;
}

void list_section(const struct elf_image *image, size_t number, const struct code_symbols *symbols, const struct listing_options *options)
{
	struct listing listing = {.image = image, .section = number, .symbols = symbols, .options = options};
	const Elf64_Shdr *section = &image->sections[number];
	size_t size;
	const unsigned char *content = elf_content(image, section, &size);
	uint64_t base = section->sh_addr, first = base, last = base + size;
	for (size_t i = 0; i < symbols->count && !listing.has_global_pointer; i++) {
		listing.has_global_pointer = !strcmp(symbols->list[i].name, "__global_pointer$");
		listing.global_pointer = symbols->list[i].address;
	}
	first = options->start > first ? options->start : first;
	last = options->stop < last ? options->stop : last;
	if (!size || first >= last)
		return;
	printf("\nDisassembly of section %s:\n", elf_section_name(image, number));
	if (options->only && !narrow(&listing, &first, &last))
		return;
	int width = address_width(last);
	for (uint64_t pc = first; pc < last;) {
		print_label(&listing, pc, pc == first);
		size_t left = (size_t)(last - pc), zeros = zero_run(content + (pc - base), left);
		if (zeros) {
			printf("\t...\n");
			pc += zeros;
			continue;
		}
		printf("%*" PRIx64 ":\t", width, pc);
		pc += (uint64_t)print_item(&listing, content + (pc - base), left, pc);
	}
}
