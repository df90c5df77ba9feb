/* Reading ELF64 little-endian files whose every number may be wrong. */
#ifndef ELF_IMAGE_H
#define ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_image {
	const char *path; /* for messages */
	const unsigned char *data;
	size_t length;
	Elf64_Ehdr header;
	Elf64_Shdr *sections; /* on the heap; what lies outside the file is left out */
	size_t section_count;
	Elf64_Phdr *segments;
	size_t segment_count;
};

/* Fills `image` with a view of the bytes, which must outlive it; false after a message on standard error. */
bool elf_open(struct elf_image *image, const char *path, const unsigned char *data, size_t length);
void elf_close(struct elf_image *image);

/* Bytes of a section as far as they are in the file; *size: how many. */
const unsigned char *elf_content(const struct elf_image *image, const Elf64_Shdr *section, size_t *size);
/* The string at that offset of a string table, or "" / "<corrupt>". */
const char *elf_string(const struct elf_image *image, size_t table, size_t offset);
const char *elf_section_name(const struct elf_image *image, size_t index);
/* The first section of that type, or a null pointer. */
const Elf64_Shdr *elf_section_of_type(const struct elf_image *image, uint32_t type);

/* The symbols of a SHT_SYMTAB or SHT_DYNSYM section on the heap. */
Elf64_Sym *elf_symbols(const struct elf_image *image, const Elf64_Shdr *table, size_t *count);
/* Name of a symbol; that of its section for a section symbol. */
const char *elf_symbol_name(const struct elf_image *image, const Elf64_Shdr *table, const Elf64_Sym *symbol);
/* Labels that an assembler made for itself, and marks of where code and data begin: tools do not show them. */
bool elf_is_special(const struct elf_image *image, const char *name);

/* The version of a dynamic symbol (LSB 5.0, symbol versioning). */
struct elf_version {
	const char *name; /* a null pointer: none */
	unsigned number;
	bool is_needed; /* of another file */
	bool is_hidden; /* not the one that new programs are bound to */
};
struct elf_version elf_symbol_version(const struct elf_image *image, const Elf64_Shdr *table, size_t index);
/* The name of a version number of this file, needed or defined; a null pointer if there is none. */
const char *elf_version_name(const struct elf_image *image, unsigned number, bool *is_needed);

/* Calls `visit` for the file, or for each ELF member of an archive (`member`: its name, else null); its statuses or'ed. */
int each_object(const char *path, int (*visit)(struct elf_image *image, const char *member));

#endif
