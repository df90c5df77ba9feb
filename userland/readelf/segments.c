/* readelf -l: the program headers and the sections that lie in them. */
#include <stdio.h>
#include <string.h>

#include "readelf.h"

enum { PT_GNU_PROPERTY_ = 0x6474e553, PT_RISCV_ATTRIBUTES_ = 0x70000003 };

static const struct name TYPES[] = {{PT_NULL, "NULL"}, {PT_LOAD, "LOAD"}, {PT_DYNAMIC, "DYNAMIC"}, {PT_INTERP, "INTERP"}, {PT_NOTE, "NOTE"}, {PT_SHLIB, "SHLIB"},
	{PT_PHDR, "PHDR"}, {PT_TLS, "TLS"}, {PT_GNU_EH_FRAME, "GNU_EH_FRAME"}, {PT_GNU_STACK, "GNU_STACK"}, {PT_GNU_RELRO, "GNU_RELRO"}, {PT_GNU_PROPERTY_, "GNU_PROPERTY"}, {0, NULL}};

static const char *type_name(const struct elf_image *image, uint32_t type, char text[32])
{
	const char *known = readelf_find(TYPES, type);
	if (known)
		return known;
	if (image->header.e_machine == EM_RISCV && type == PT_RISCV_ATTRIBUTES_)
		return "RISCV_ATTRIBUTES";
	if (type >= PT_LOPROC && type <= PT_HIPROC)
		snprintf(text, 32, "LOPROC+%#x", type - PT_LOPROC);
	else if (type >= PT_LOOS && type <= PT_HIOS)
		snprintf(text, 32, "LOOS+%#x", type - PT_LOOS);
	else
		snprintf(text, 32, "<unknown>: %x", type);
	return text;
}

static void print_segment(const struct elf_image *image, const Elf64_Phdr *segment)
{
	char type[32];
	printf("  %-14.14s ", type_name(image, segment->p_type, type));
	char read = segment->p_flags & PF_R ? 'R' : ' ', write = segment->p_flags & PF_W ? 'W' : ' ', execute = segment->p_flags & PF_X ? 'E' : ' ';
	unsigned long long offset = segment->p_offset, virtual = segment->p_vaddr, physical = segment->p_paddr, file = segment->p_filesz, memory = segment->p_memsz,
			   align = segment->p_align;
	if (readelf_is_wide)
		printf("0x%6.6llx 0x%16.16llx 0x%16.16llx 0x%6.6llx 0x%6.6llx %c%c%c %#llx\n", offset, virtual, physical, file, memory, read, write, execute, align);
	else
		printf("0x%16.16llx 0x%16.16llx 0x%16.16llx\n                 0x%16.16llx 0x%16.16llx  %c%c%c    0x%llx\n", offset, virtual, physical, file, memory, read, write,
		       execute, align);
	if (segment->p_type == PT_INTERP && offset < image->length && memchr(image->data + offset, 0, image->length - offset))
		printf("      [Requesting program interpreter: %s]\n", (const char *)image->data + offset);
}

/* [start, start + size) within [low, low + room), and not just behind its last byte. */
static bool is_within(uint64_t start, uint64_t size, uint64_t low, uint64_t room)
{
	return start >= low && start - low <= room - 1 && start - low + size <= room;
}

static bool fits_kind(const Elf64_Shdr *section, uint32_t type)
{
	if (section->sh_flags & SHF_TLS) {
		if (type != PT_TLS && type != PT_GNU_RELRO && type != PT_LOAD)
			return false;
	} else if (type == PT_TLS || type == PT_PHDR) {
		return false;
	}
	bool needs_memory = type == PT_LOAD || type == PT_DYNAMIC || type == PT_GNU_EH_FRAME || type == PT_GNU_STACK || type == PT_GNU_RELRO;
	return section->sh_flags & SHF_ALLOC || !needs_memory;
}

static bool contains(const Elf64_Phdr *segment, const Elf64_Shdr *section)
{
	bool has_bytes = section->sh_type != SHT_NOBITS, is_loaded = section->sh_flags & SHF_ALLOC;
	/* .tbss takes no memory but in the template. */
	bool is_template_only = section->sh_flags & SHF_TLS && !has_bytes && segment->p_type != PT_TLS;
	if (section->sh_type == SHT_NULL || is_template_only || !fits_kind(section, segment->p_type))
		return false;
	if (has_bytes && !is_within(section->sh_offset, section->sh_size, segment->p_offset, segment->p_filesz))
		return false;
	if (is_loaded && !is_within(section->sh_addr, section->sh_size, segment->p_vaddr, segment->p_memsz))
		return false;
	if ((segment->p_type != PT_DYNAMIC && segment->p_type != PT_NOTE) || section->sh_size || !segment->p_memsz)
		return true;
	return (!has_bytes || section->sh_offset > segment->p_offset) && (!is_loaded || section->sh_addr > segment->p_vaddr);
}

static void print_mapping(const struct elf_image *image)
{
	printf("\n Section to Segment mapping:\n  Segment Sections...\n");
	for (size_t i = 0; i < image->segment_count; i++) {
		printf("   %2.2zu     ", i);
		for (size_t j = 1; j < image->section_count; j++)
			if (contains(&image->segments[i], &image->sections[j]))
				printf("%s ", elf_section_name(image, j));
		putchar('\n');
	}
}

void readelf_segments(const struct elf_image *image)
{
	if (!image->segment_count) {
		printf("\nThere are no program headers in this file.\n");
		return;
	}
	if (!readelf_is_headed) {
		printf("\nElf file type is %s\nEntry point 0x%llx\n", readelf_file_type(image), (unsigned long long)image->header.e_entry);
		printf("There are %zu program headers, starting at offset %llu\n", image->segment_count, (unsigned long long)image->header.e_phoff);
	}
	printf(image->segment_count > 1 ? "\nProgram Headers:\n" : "\nProgram Header:\n");
	if (readelf_is_wide)
		printf("  Type           Offset   VirtAddr           PhysAddr           FileSiz  MemSiz   Flg Align\n");
	else
		printf("  Type           Offset             VirtAddr           PhysAddr\n                 FileSiz            MemSiz              Flags  Align\n");
	for (size_t i = 0; i < image->segment_count; i++)
		print_segment(image, &image->segments[i]);
	if (image->section_count)
		print_mapping(image);
}
