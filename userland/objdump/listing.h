/* Listings of code in the form of objdump -d. */
#ifndef LISTING_OF_CODE_H
#define LISTING_OF_CODE_H

#include "disassembly.h"
#include "elf-image.h"

struct listing_options {
	struct disassembly_style style;
	bool has_no_bytes;      /* --no-show-raw-insn */
	uint64_t start, stop;   /* addresses; stop is not listed any more */
	const char *only;       /* the symbol that is listed alone, or a null pointer */
};

/* A symbol as listings name it. */
struct code_symbol {
	char *name;
	uint64_t address, size;
	size_t section;
	int rank; /* lower ones come first where several lie at one address */
};

struct code_symbols {
	struct code_symbol *list; /* by address, then by rank */
	size_t count;
};

/* Of the symbol table (the dynamic one where there is no other), with name@plt for the entries of .plt and name@VERSION for their slots (section 0). */
struct code_symbols code_symbols_of(const struct elf_image *image);
void code_symbols_free(struct code_symbols *symbols);
/* The best symbol at or in front of the address, else behind it: of that section unless it is 0; a null pointer if there is none. */
const struct code_symbol *code_symbol_near(const struct code_symbols *symbols, uint64_t address, size_t section);

/* Prints one section as far as it is in the range. */
void list_section(const struct elf_image *image, size_t section, const struct code_symbols *symbols, const struct listing_options *options);

#endif
