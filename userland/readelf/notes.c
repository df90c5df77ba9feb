/* readelf -n: notes of a program, or of a core file. */
#include <stdio.h>
#include <string.h>

#include "readelf.h"

static const struct name GNU_TYPES[] = {{1, "NT_GNU_ABI_TAG (ABI version tag)"}, {2, "NT_GNU_HWCAP (DSO-supplied software HWCAP info)"},
	{3, "NT_GNU_BUILD_ID (unique build ID bitstring)"}, {4, "NT_GNU_GOLD_VERSION (gold version)"}, {5, "NT_GNU_PROPERTY_TYPE_0"}, {0, NULL}};
static const struct name CORE_TYPES[] = {{NT_PRSTATUS, "NT_PRSTATUS (prstatus structure)"}, {NT_FPREGSET, "NT_FPREGSET (floating point registers)"},
	{NT_PRPSINFO, "NT_PRPSINFO (prpsinfo structure)"}, {NT_AUXV, "NT_AUXV (auxiliary vector)"}, {NT_SIGINFO, "NT_SIGINFO (siginfo_t data)"},
	{NT_FILE, "NT_FILE (mapped files)"}, {0, NULL}};

static uint64_t word(const unsigned char *at, int size)
{
	uint64_t value = 0;
	for (int i = size - 1; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

static void print_file_note(const unsigned char *data, size_t size)
{
	if (size < 16)
		return;
	uint64_t count = word(data, 8);
	if (count > (size - 16) / 24)
		return;
	printf("    Page size: %llu\n                 Start                 End         Page Offset\n", (unsigned long long)word(data + 8, 8));
	const char *name = (const char *)data + 16 + count * 24, *end = (const char *)data + size;
	for (uint64_t i = 0; i < count && name < end && memchr(name, 0, (size_t)(end - name)); i++) {
		const unsigned char *entry = data + 16 + i * 24;
		printf("    0x%016llx  0x%016llx  0x%016llx\n        %s\n", (unsigned long long)word(entry, 8), (unsigned long long)word(entry + 8, 8), (unsigned long long)word(entry + 16, 8), name);
		name += strlen(name) + 1;
	}
}

static void print_gnu_note(uint32_t type, const unsigned char *data, size_t size)
{
	static const struct name systems[] = {{0, "Linux"}, {1, "Hurd"}, {2, "Solaris"}, {3, "FreeBSD"}, {4, "NetBSD"}, {0, NULL}};
	if (type == 3) {
		printf("    Build ID: ");
		for (size_t i = 0; i < size; i++)
			printf("%02x", data[i]);
		putchar('\n');
	} else if (type == 1 && size >= 16) {
		const char *system = readelf_find(systems, word(data, 4));
		printf("    OS: %s, ABI: %u.%u.%u\n", system ? system : "Unknown", (unsigned)word(data + 4, 4), (unsigned)word(data + 8, 4), (unsigned)word(data + 12, 4));
	}
}

static void print_note(const struct elf_image *image, const char *owner, uint32_t type, const unsigned char *data, size_t size)
{
	bool is_gnu = !strcmp(owner, "GNU"), is_core = image->header.e_type == ET_CORE;
	const char *name = is_gnu ? readelf_find(GNU_TYPES, type) : is_core ? readelf_find(CORE_TYPES, type) : NULL;
	printf("  %-20s 0x%08zx\t", owner, size);
	if (name)
		printf("%s\n", name);
	else
		printf("Unknown note type: (0x%08x)\n", type);
	if (is_gnu)
		print_gnu_note(type, data, size);
	else if (is_core && type == NT_FILE)
		print_file_note(data, size);
}

static void print_notes(const struct elf_image *image, const unsigned char *content, size_t size)
{
	printf("  Owner                Data size \tDescription\n");
	for (size_t at = 0; at + 12 <= size;) {
		size_t name_size = word(content + at, 4), data_size = word(content + at + 4, 4), data = at + 12 + (name_size + 3) / 4 * 4;
		if (name_size > size || data_size > size || data > size || data_size > size - data) {
			printf("  (a note that is longer than what is left)\n");
			return;
		}
		char owner[64];
		snprintf(owner, sizeof owner, "%.*s", (int)name_size, (const char *)content + at + 12);
		print_note(image, owner, (uint32_t)word(content + at + 8, 4), content + data, data_size);
		at = data + (data_size + 3) / 4 * 4;
	}
}

static void print_note_segments(const struct elf_image *image)
{
	for (size_t i = 0; i < image->segment_count; i++) {
		const Elf64_Phdr *segment = &image->segments[i];
		if (segment->p_type != PT_NOTE || segment->p_offset > image->length || segment->p_filesz > image->length - segment->p_offset)
			continue;
		printf("\nDisplaying notes found at file offset 0x%08llx with length 0x%08llx:\n", (unsigned long long)segment->p_offset, (unsigned long long)segment->p_filesz);
		print_notes(image, image->data + segment->p_offset, segment->p_filesz);
	}
}

void readelf_notes(const struct elf_image *image)
{
	if (!elf_section_of_type(image, SHT_NOTE)) {
		print_note_segments(image);
		return;
	}
	for (size_t i = 0; i < image->section_count; i++) {
		size_t size;
		if (image->sections[i].sh_type != SHT_NOTE)
			continue;
		const unsigned char *content = elf_content(image, &image->sections[i], &size);
		printf("\nDisplaying notes found in: %s\n", elf_section_name(image, i));
		print_notes(image, content, size);
	}
}
