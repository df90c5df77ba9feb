/* Operands and mnemonics as objdump writes them (RISC-V assembly programmer's manual). */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disassembly.h"

enum { UNIMP = 0xc0001073, FENCE_TSO = 0x833, ROUND_NEAREST = 0, ROUND_DYNAMIC = 7, ACQUIRE = 1 << 26, RELEASE = 1 << 25, TEXT_SIZE = 128 };

struct writer {
	char *text;
	size_t length;
	const struct operands *operands;
	uint64_t pc;
	const struct disassembly_style *style;
};

static void put(struct writer *out, const char *word)
{
	int written = snprintf(out->text + out->length, TEXT_SIZE - out->length, "%s", word);
	out->length += (size_t)written < TEXT_SIZE - out->length ? (size_t)written : TEXT_SIZE - 1 - out->length;
}

static void put_format(struct writer *out, const char *format, uint64_t value)
{
	char word[32];
	snprintf(word, sizeof word, format, value);
	put(out, word);
}

static void put_register(struct writer *out, char kind, uint32_t number)
{
	static const char *const integers[] = {"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5",
		"s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
	static const char *const floats[] = {"ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3",
		"fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};
	if (out->style->is_numeric)
		put_format(out, kind == 'x' ? "x%" PRIu64 : "f%" PRIu64, number);
	else
		put(out, kind == 'x' ? integers[number] : floats[number]);
}

/* Sets of accesses in fence: i, o, r, w. */
static void put_accesses(struct writer *out, uint32_t bits)
{
	char letters[5];
	size_t length = 0;
	for (int i = 0; i < 4; i++)
		if (bits & 8u >> i)
			letters[length++] = "iorw"[i];
	letters[length] = 0;
	put(out, length ? letters : "unknown");
}

static void put_csr(struct writer *out, uint32_t number)
{
	for (size_t i = 0; i < disassembly_csr_count; i++) {
		if (disassembly_csrs[i].number != number)
			continue;
		put(out, disassembly_csrs[i].name);
		return;
	}
	put_format(out, "0x%" PRIx64, number);
}

/* A word of the templates of src/isa/disassemble.ts; false for one that stands for itself. */
static bool put_token(struct writer *out, const char *token)
{
	static const char *const roundings[] = {"rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown", "dyn"};
	const struct operands *operands = out->operands;
	char word[16];
	if (!strcmp(token, "xd") || !strcmp(token, "fd"))
		put_register(out, *token, operands->rd);
	else if (!strcmp(token, "x1") || !strcmp(token, "f1"))
		put_register(out, *token, operands->rs1);
	else if (!strcmp(token, "x2") || !strcmp(token, "f2"))
		put_register(out, *token, operands->rs2);
	else if (!strcmp(token, "f3"))
		put_register(out, 'f', operands->rs3);
	else if (!strcmp(token, "imm")) {
		snprintf(word, sizeof word, "%" PRId32, operands->imm);
		put(out, word);
	} else if (!strcmp(token, "shamt"))
		put_format(out, "0x%" PRIx64, (uint32_t)operands->imm);
	else if (!strcmp(token, "upper"))
		put_format(out, "0x%" PRIx64, (uint32_t)operands->imm >> 12);
	else if (!strcmp(token, "target"))
		put_format(out, "0x%" PRIx64, out->pc + (uint64_t)(int64_t)operands->imm);
	else if (!strcmp(token, "csr"))
		put_csr(out, operands->csr);
	else if (!strcmp(token, "sets")) {
		put_accesses(out, (uint32_t)operands->imm >> 4 & 15);
		put(out, ",");
		put_accesses(out, (uint32_t)operands->imm & 15);
	} else if (!strcmp(token, "constant"))
		put(out, disassembly_constants[operands->rs1]);
	else if (!strcmp(token, "rm"))
		put(out, roundings[operands->rm]);
	else
		return false;
	return true;
}

/* The mnemonic, and the template with its words replaced. */
static void join(struct writer *out, const char *mnemonic, const char *template)
{
	put(out, mnemonic);
	if (*template)
		put(out, " ");
	while (*template) {
		char token[16];
		size_t length = 0;
		while (length < sizeof token - 1 && islower((unsigned char)*template) | (length && isdigit((unsigned char)*template)))
			token[length++] = *template++;
		if (!length)
			token[length++] = *template++;
		token[length] = 0;
		if (!put_token(out, token))
			put(out, token);
	}
}

static bool fits(const struct alias *alias, const struct operands *operands)
{
	const struct operands *values = &alias->values;
	unsigned tests = alias->tests;
	return (!(tests & TEST_RD) || values->rd == operands->rd) && (!(tests & TEST_RS1) || values->rs1 == operands->rs1) && (!(tests & TEST_RS2) || values->rs2 == operands->rs2) &&
		(!(tests & TEST_IMM) || values->imm == operands->imm) && (!(tests & TEST_CSR) || values->csr == operands->csr) &&
		(!(tests & TEST_SAME_SOURCES) || operands->rs1 == operands->rs2);
}

/* The rounding mode is left out where it is the one that the assembler supplies; `rm?` is a mode that cannot matter. */
static void template_of(const struct row *row, const struct operands *operands, char template[64])
{
	snprintf(template, 64, "%s", row->assembly);
	size_t length = strlen(template);
	bool is_free = length >= 4 && !strcmp(template + length - 4, ",rm?");
	if (is_free)
		template[--length] = 0;
	bool has_mode = length >= 3 && !strcmp(template + length - 3, ",rm");
	if (has_mode && operands->rm == (is_free ? ROUND_NEAREST : ROUND_DYNAMIC))
		template[length - 3] = 0;
}

static void put_row(struct writer *out, const struct instruction *instruction)
{
	const struct row *row = instruction->row;
	const struct operands *operands = &instruction->operands;
	if (row->format == FORMAT_FENCE && operands->imm == FENCE_TSO) {
		put(out, "fence.tso");
		return;
	}
	if (instruction->word == (uint32_t)UNIMP) {
		put(out, "unimp");
		return;
	}
	for (unsigned i = 0; i < row->alias_count && !out->style->has_no_aliases; i++) {
		const struct alias *alias = &disassembly_aliases[row->first_alias + i];
		if (!fits(alias, operands))
			continue;
		join(out, alias->name, alias->assembly);
		return;
	}
	char template[64], mnemonic[32];
	bool acquires = row->format == FORMAT_AMO && instruction->word & ACQUIRE, releases = row->format == FORMAT_AMO && instruction->word & RELEASE;
	snprintf(mnemonic, sizeof mnemonic, "%s%s%s%s", row->name, acquires || releases ? "." : "", acquires ? "aq" : "", releases ? "rl" : "");
	template_of(row, operands, template);
	join(out, mnemonic, template);
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names != NULL;
}

/* Forms of 16 bits have names of their own where they are hints, and with -M no-aliases. */
static void put_compressed(struct writer *out, struct instruction *instruction)
{
	static const char *const hints[] = {"c.addi", "c.li", "c.lui", "c.mv", "c.add", "c.slli", NULL}, *const shifts[] = {"c.slli", "c.srli", "c.srai", NULL};
	const struct compressed *form = instruction->form;
	const char *name = form->name, *operands = form->operands ? form->operands : instruction->row->assembly;
	bool is_plain = out->style->has_no_aliases, is_hint = !instruction->operands.rd && is_one_of(name, hints);
	if (!strncmp(name, "c.mop", 5)) {
		put(out, name);
	} else if (!strncmp(instruction->row->name, "ntl.", 4) && !strcmp(name, "c.add")) {
		put(out, is_plain ? "c." : "");
		put(out, instruction->row->name);
	} else if (is_one_of(name, shifts) && !instruction->operands.imm) {
		char mnemonic[16];
		snprintf(mnemonic, sizeof mnemonic, "%s64", name);
		join(out, mnemonic, "xd");
	} else if (is_plain || (is_hint && strcmp(name, "c.addi"))) {
		join(out, name, operands);
	} else if (is_hint) {
		join(out, instruction->operands.imm ? "c.nop" : "nop", instruction->operands.imm ? "imm" : "");
	} else if (!strcmp(name, "c.addi")) {
		join(out, "add", "xd,x1,imm");
	} else if (!strcmp(name, "c.mv")) {
		join(out, "mv", "xd,x2");
	} else {
		put_row(out, instruction);
	}
}

void disassembly_text(const struct instruction *instruction, uint32_t bits, uint64_t pc, const struct disassembly_style *style, char text[TEXT_SIZE])
{
	struct writer out = {text, 0, &instruction->operands, pc, style};
	struct instruction copy = *instruction;
	*text = 0;
	if (instruction->row && instruction->form)
		put_compressed(&out, &copy);
	else if (instruction->row)
		put_row(&out, instruction);
	else if (instruction->length == 2 && !(bits & 0xffff))
		put(&out, style->has_no_aliases ? "c.unimp" : "unimp");
	else if (instruction->length == 2)
		put_format(&out, ".2byte 0x%" PRIx64, bits & 0xffff);
	else
		put_format(&out, ".4byte 0x%" PRIx64, bits);
}
