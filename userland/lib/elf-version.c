/* Versions of dynamic symbols: .gnu.version, .gnu.version_r and .gnu.version_d (LSB 5.0 core, section 10.7). */
#include <stdlib.h>
#include <string.h>

#include "elf-image.h"

enum { NUMBER_MASK = 0x7fff, HIDDEN = 0x8000 };

/* Copies `length` bytes at `offset` of a section, or fails. */
static bool take(const unsigned char *content, size_t size, size_t offset, void *to, size_t length)
{
	if (offset > size || size - offset < length)
		return false;
	memcpy(to, content + offset, length);
	return true;
}

static const char *needed_name(const struct elf_image *image, unsigned number)
{
	const Elf64_Shdr *section = elf_section_of_type(image, SHT_GNU_verneed);
	if (!section)
		return NULL;
	size_t size, at = 0;
	const unsigned char *content = elf_content(image, section, &size);
	Elf64_Verneed need;
	for (size_t files = section->sh_info; files && take(content, size, at, &need, sizeof need); files--) {
		Elf64_Vernaux version;
		size_t inner = at + need.vn_aux;
		for (size_t left = need.vn_cnt; left && take(content, size, inner, &version, sizeof version); left--) {
			if ((version.vna_other & NUMBER_MASK) == number)
				return elf_string(image, section->sh_link, version.vna_name);
			if (!version.vna_next)
				break;
			inner += version.vna_next;
		}
		if (!need.vn_next)
			break;
		at += need.vn_next;
	}
	return NULL;
}

static const char *defined_name(const struct elf_image *image, unsigned number)
{
	const Elf64_Shdr *section = elf_section_of_type(image, SHT_GNU_verdef);
	if (!section)
		return NULL;
	size_t size, at = 0;
	const unsigned char *content = elf_content(image, section, &size);
	Elf64_Verdef definition;
	for (size_t left = section->sh_info; left && take(content, size, at, &definition, sizeof definition); left--) {
		Elf64_Verdaux name;
		if ((definition.vd_ndx & NUMBER_MASK) == number && take(content, size, at + definition.vd_aux, &name, sizeof name))
			return elf_string(image, section->sh_link, name.vda_name);
		if (!definition.vd_next)
			break;
		at += definition.vd_next;
	}
	return NULL;
}

const char *elf_version_name(const struct elf_image *image, unsigned number, bool *is_needed)
{
	const char *name = needed_name(image, number);
	*is_needed = name != NULL;
	return name ? name : defined_name(image, number);
}

struct elf_version elf_symbol_version(const struct elf_image *image, const Elf64_Shdr *table, size_t index)
{
	struct elf_version version = {0};
	const Elf64_Shdr *section = elf_section_of_type(image, SHT_GNU_versym);
	size_t size;
	uint16_t word;
	if (table->sh_type != SHT_DYNSYM || !section)
		return version;
	const unsigned char *content = elf_content(image, section, &size);
	if (!take(content, size, index * sizeof word, &word, sizeof word))
		return version;
	version.number = word & NUMBER_MASK;
	version.is_hidden = word & HIDDEN;
	if (version.number > 1)
		version.name = elf_version_name(image, version.number, &version.is_needed);
	return version;
}
