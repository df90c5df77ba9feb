/* readelf -V: versions of symbols (LSB 5.0 core, 10.7). */
#include <stdio.h>
#include <string.h>

#include "readelf.h"

static void print_title(const struct elf_image *image, size_t number, const char *what, size_t count)
{
	const Elf64_Shdr *section = &image->sections[number];
	printf("\n%s section '%s' contains %zu %s:\n", what, elf_section_name(image, number), count, count == 1 ? "entry" : "entries");
	printf(" Addr: 0x%16.16llx  Offset: 0x%8.8llx  Link: %u (%s)\n", (unsigned long long)section->sh_addr,
	       (unsigned long long)section->sh_offset, section->sh_link, elf_section_name(image, section->sh_link));
}

static void print_symbol_versions(const struct elf_image *image, size_t number)
{
	size_t size;
	const unsigned char *content = elf_content(image, &image->sections[number], &size);
	size_t count = size / 2;
	print_title(image, number, "Version symbols", count);
	for (size_t i = 0; i < count; i++) {
		unsigned word = content[i * 2] | (unsigned)content[i * 2 + 1] << 8, index = word & 0x7fff;
		bool is_needed;
		const char *name = index == 0 ? "*local*" : index == 1 ? "*global*" : elf_version_name(image, index, &is_needed);
		if (i % 4 == 0)
			printf("  %03zx:", i);
		if (!name)
			name = "???";
		int room = 12 - (int)strlen(name);
		/* A name that is too long is followed by as much as it is too long. */
		printf("%4x%c(%s%-*s", index, word & 0x8000 ? 'h' : ' ', name, room, ")");
		if (i % 4 == 3 || i + 1 == count)
			putchar('\n');
	}
}

static const char *flags_of(unsigned flags)
{
	return !flags ? "none" : flags == VER_FLG_BASE ? "BASE" : flags == VER_FLG_WEAK ? "WEAK" : "BASE | WEAK";
}

static void print_definitions(const struct elf_image *image, size_t number)
{
	const Elf64_Shdr *section = &image->sections[number];
	size_t size, at = 0;
	const unsigned char *content = elf_content(image, section, &size);
	print_title(image, number, "Version definition", section->sh_info);
	for (size_t left = section->sh_info; left && at + sizeof(Elf64_Verdef) <= size; left--) {
		Elf64_Verdef definition;
		memcpy(&definition, content + at, sizeof definition);
		printf(at ? "  %#06zx: Rev: %d  Flags: %s  Index: %d  Cnt: %d  " : "  %06zx: Rev: %d  Flags: %s  Index: %d  Cnt: %d  ", at, definition.vd_version,
		       flags_of(definition.vd_flags), definition.vd_ndx, definition.vd_cnt);
		size_t inner = at + definition.vd_aux;
		for (int i = 0; i < definition.vd_cnt && inner + sizeof(Elf64_Verdaux) <= size; i++) {
			Elf64_Verdaux name;
			memcpy(&name, content + inner, sizeof name);
			if (i)
				printf("  %#06zx: Parent %d: %s\n", inner, i, elf_string(image, section->sh_link, name.vda_name));
			else
				printf("Name: %s\n", elf_string(image, section->sh_link, name.vda_name));
			if (!name.vda_next)
				break;
			inner += name.vda_next;
		}
		if (!definition.vd_next)
			break;
		at += definition.vd_next;
	}
}

static void print_needs(const struct elf_image *image, size_t number)
{
	const Elf64_Shdr *section = &image->sections[number];
	size_t size, at = 0;
	const unsigned char *content = elf_content(image, section, &size);
	print_title(image, number, "Version needs", section->sh_info);
	for (size_t left = section->sh_info; left && at + sizeof(Elf64_Verneed) <= size; left--) {
		Elf64_Verneed need;
		memcpy(&need, content + at, sizeof need);
		printf(at ? "  %#06zx: Version: %d  File: %s  Cnt: %d\n" : "  %06zx: Version: %d  File: %s  Cnt: %d\n", at, need.vn_version,
		       elf_string(image, section->sh_link, need.vn_file), need.vn_cnt);
		size_t inner = at + need.vn_aux;
		for (int i = 0; i < need.vn_cnt && inner + sizeof(Elf64_Vernaux) <= size; i++) {
			Elf64_Vernaux version;
			memcpy(&version, content + inner, sizeof version);
			printf("  %#06zx:   Name: %s  Flags: %s  Version: %d\n", inner, elf_string(image, section->sh_link, version.vna_name), flags_of(version.vna_flags), version.vna_other);
			if (!version.vna_next)
				break;
			inner += version.vna_next;
		}
		if (!need.vn_next)
			break;
		at += need.vn_next;
	}
}

void readelf_versions(const struct elf_image *image)
{
	bool has_any = false;
	for (size_t i = 0; i < image->section_count; i++) {
		uint32_t type = image->sections[i].sh_type;
		void (*print)(const struct elf_image *, size_t) = type == SHT_GNU_versym ? print_symbol_versions : type == SHT_GNU_verdef ? print_definitions :
			type == SHT_GNU_verneed ? print_needs : NULL;
		if (!print)
			continue;
		print(image, i);
		has_any = true;
	}
	if (!has_any)
		printf("\nNo version information found in this file.\n");
}
