/* Text of RISC-V instructions. The tables are generated from the rows of src/isa (tools/userland/disassembly.ts). */
#ifndef DISASSEMBLY_H
#define DISASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The formats of src/isa/instruction.ts. */
enum format { FORMAT_R, FORMAT_R4, FORMAT_I, FORMAT_SHIFT6, FORMAT_SHIFT5, FORMAT_S, FORMAT_B, FORMAT_U, FORMAT_J, FORMAT_AMO, FORMAT_CSR, FORMAT_CSRI, FORMAT_FP,
	FORMAT_FLI_H, FORMAT_FLI_S, FORMAT_FLI_D, FORMAT_FENCE, FORMAT_SFENCE, FORMAT_NONE };

struct operands {
	uint32_t rd, rs1, rs2, rs3, csr, rm;
	int32_t imm;
};

enum { TEST_RD = 1, TEST_RS1 = 2, TEST_RS2 = 4, TEST_IMM = 8, TEST_CSR = 16, TEST_SAME_SOURCES = 32 };
struct alias {
	const char *name, *assembly;
	unsigned tests; /* which fields of `values` must agree */
	struct operands values;
};
struct row {
	const char *name, *assembly;
	uint32_t match, mask;
	enum format format;
	unsigned short first_alias, alias_count;
};
/* A form of 16 bits: its word is `base` with the contributions of its bits; illegal where no bit of `reserved` is set. */
struct compressed {
	const char *name, *operands; /* operands null: those of what it stands for */
	uint32_t match, mask, reserved, base, contributions[16];
};
struct csr_name {
	unsigned number;
	const char *name;
};

extern const struct alias disassembly_aliases[];
extern const struct row disassembly_rows[];
extern const size_t disassembly_row_count;
extern const struct compressed disassembly_compressed[];
extern const size_t disassembly_compressed_count;
extern const struct csr_name disassembly_csrs[];
extern const size_t disassembly_csr_count;
extern const char *const disassembly_constants[];

struct disassembly_style {
	bool is_numeric;     /* x10, f10 */
	bool has_no_aliases;
};

struct instruction {
	const struct row *row; /* a null pointer: illegal */
	const struct compressed *form;
	uint32_t word; /* of a compressed one: what it stands for */
	int length;    /* bytes: 2 or 4 */
	struct operands operands;
};

/* `bits`: the halfword, or the word of a long one. */
struct instruction disassembly_decode(uint32_t bits);
/* Mnemonic, blank, operands into `text`. */
void disassembly_text(const struct instruction *instruction, uint32_t bits, uint64_t pc, const struct disassembly_style *style, char text[128]);

#endif
