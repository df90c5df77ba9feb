/* From bits to a row and its operands (unprivileged spec 20240411, 2.3). */
#include "disassembly.h"

static uint32_t bits_of(uint32_t word, int from, int width)
{
	return word >> from & ((1u << width) - 1);
}

static int32_t immediate(enum format format, uint32_t word)
{
	int32_t high = (int32_t)word;
	switch (format) {
	case FORMAT_I: return high >> 20;
	case FORMAT_SHIFT6: return (int32_t)bits_of(word, 20, 6);
	case FORMAT_SHIFT5:
		return (int32_t)bits_of(word, 20, 5);
	case FORMAT_S: return (int32_t)((uint32_t)(high >> 25) << 5 | bits_of(word, 7, 5));
	case FORMAT_B: return (int32_t)((uint32_t)(high >> 31) << 12 | bits_of(word, 7, 1) << 11 | bits_of(word, 25, 6) << 5 | bits_of(word, 8, 4) << 1);
	case FORMAT_U: return (int32_t)(word & ~0xfffu);
	case FORMAT_J: return (int32_t)((uint32_t)(high >> 31) << 20 | bits_of(word, 12, 8) << 12 | bits_of(word, 20, 1) << 11 | bits_of(word, 21, 10) << 1);
	case FORMAT_CSR:
	case FORMAT_CSRI: return (int32_t)bits_of(word, 15, 5);
	case FORMAT_FENCE: return (int32_t)bits_of(word, 20, 12);
	case FORMAT_SFENCE: return (int32_t)bits_of(word, 15, 10);
	default: return 0;
	}
}

static struct operands operands_of(enum format format, uint32_t word)
{
	bool has_rd = format != FORMAT_S && format != FORMAT_B && format != FORMAT_NONE && format != FORMAT_FENCE && format != FORMAT_SFENCE;
	bool has_rs1 = format != FORMAT_U && format != FORMAT_J && format != FORMAT_NONE && format != FORMAT_FENCE && format != FORMAT_CSRI;
	bool has_rs2 = format == FORMAT_R || format == FORMAT_R4 || format == FORMAT_S || format == FORMAT_B || format == FORMAT_AMO || format == FORMAT_FP || format == FORMAT_SFENCE;
	return (struct operands){
		.rd = has_rd ? bits_of(word, 7, 5) : 0,
		.rs1 = has_rs1 ? bits_of(word, 15, 5) : 0,
		.rs2 = has_rs2 ? bits_of(word, 20, 5) : 0,
		.rs3 = format == FORMAT_R4 ? word >> 27 : 0,
		.csr = format == FORMAT_CSR || format == FORMAT_CSRI ? word >> 20 : 0,
		.rm = format == FORMAT_FP || format == FORMAT_R4 ? bits_of(word, 12, 3) : 0,
		.imm = immediate(format, word),
	};
}

static const struct row *find_row(uint32_t word)
{
	for (size_t i = 0; i < disassembly_row_count; i++)
		if ((word & disassembly_rows[i].mask) == disassembly_rows[i].match)
			return &disassembly_rows[i];
	return NULL;
}

static uint32_t expand(const struct compressed *form, uint32_t halfword)
{
	uint32_t word = form->base;
	for (int bit = 0; bit < 16; bit++)
		if (halfword & ~form->mask & 1u << bit)
			word ^= form->contributions[bit];
	return word;
}

struct instruction disassembly_decode(uint32_t bits)
{
	struct instruction instruction = {.word = bits, .length = (bits & 3) == 3 ? 4 : 2};
	if (instruction.length == 2) {
		uint32_t halfword = bits & 0xffff;
		for (size_t i = 0; i < disassembly_compressed_count && !instruction.form; i++) {
			const struct compressed *form = &disassembly_compressed[i];
			if ((halfword & form->mask) == form->match && (!form->reserved || halfword & form->reserved))
				instruction.form = form;
		}
		if (!instruction.form)
			return instruction;
		instruction.word = expand(instruction.form, halfword);
	}
	instruction.row = find_row(instruction.word);
	if (instruction.row)
		instruction.operands = operands_of(instruction.row->format, instruction.word);
	return instruction;
}
