/* Parts of readelf: each prints one of its displays in GNU's format. */
#ifndef READELF_H
#define READELF_H

#include "elf-image.h"

extern bool readelf_is_wide;    /* -W: as long as it gets */
extern bool readelf_is_headed;  /* -h is there as well: tables need no introduction */

void readelf_header(const struct elf_image *image);
void readelf_sections(const struct elf_image *image);
void readelf_segments(const struct elf_image *image);
void readelf_dynamic(const struct elf_image *image);
void readelf_symbols(const struct elf_image *image, bool dynamic_only);
void readelf_relocations(const struct elf_image *image);
void readelf_versions(const struct elf_image *image);
void readelf_notes(const struct elf_image *image);
/* Section by name or number: as words in hexadecimal, or as its strings. */
void readelf_hex_dump(const struct elf_image *image, const char *which);
void readelf_string_dump(const struct elf_image *image, const char *which);

/* Prints a name in `width` columns, the end of a longer one as [...]; a negative width pads. */
void readelf_name(int width, const char *name);
const char *readelf_file_type(const struct elf_image *image);

/* A word and what it is called. */
struct name {
	uint64_t number;
	const char *text;
};
/* The text of a number, in a table that ends with a null text; else a null pointer. */
const char *readelf_find(const struct name *names, uint64_t number);

#endif
