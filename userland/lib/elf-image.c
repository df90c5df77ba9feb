/* Views of ELF64 little-endian files (System V ABI, chapter 4). */
#include "elf-image.h"

#include <stdlib.h>
#include <string.h>

#include "tools.h"

/* `count` entries of `size` bytes at `offset`, as many as lie in the file. */
static void *copy_table(const struct elf_image *image, uint64_t offset, size_t size, size_t *count)
{
	if (offset >= image->length)
		*count = 0;
	else if (*count > (image->length - offset) / size)
		*count = (image->length - offset) / size;
	void *table = allocate(*count * size + 1);
	memcpy(table, image->data + (*count ? offset : 0), *count * size);
	return table;
}

bool elf_open(struct elf_image *image, const char *path, const unsigned char *data, size_t length)
{
	*image = (struct elf_image){.path = path, .data = data, .length = length};
	if (length < sizeof image->header || memcmp(data, ELFMAG, SELFMAG)) {
		warnx("%s: file format not recognized", path);
		return false;
	}
	if (data[EI_CLASS] != ELFCLASS64 || data[EI_DATA] != ELFDATA2LSB) {
		warnx("%s: only 64-bit little-endian ELF files are understood", path);
		return false;
	}
	memcpy(&image->header, data, sizeof image->header);
	const Elf64_Ehdr *header = &image->header;
	image->section_count = header->e_shentsize == sizeof(Elf64_Shdr) && header->e_shoff ? header->e_shnum : 0;
	image->segment_count = header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phoff ? header->e_phnum : 0;
	image->sections = copy_table(image, header->e_shoff, sizeof(Elf64_Shdr), &image->section_count);
	image->segments = copy_table(image, header->e_phoff, sizeof(Elf64_Phdr), &image->segment_count);
	if (image->section_count < header->e_shnum || image->segment_count < header->e_phnum)
		warnx("%s: headers lie behind the end of the file", path);
	return true;
}

void elf_close(struct elf_image *image)
{
	free(image->sections);
	free(image->segments);
}

const unsigned char *elf_content(const struct elf_image *image, const Elf64_Shdr *section, size_t *size)
{
	*size = 0;
	if (section->sh_type == SHT_NOBITS || section->sh_offset >= image->length)
		return image->data;
	size_t room = image->length - section->sh_offset;
	*size = section->sh_size < room ? section->sh_size : room;
	return image->data + section->sh_offset;
}

const char *elf_string(const struct elf_image *image, size_t table, size_t offset)
{
	if (table >= image->section_count)
		return "<corrupt>";
	size_t size;
	const unsigned char *content = elf_content(image, &image->sections[table], &size);
	if (offset >= size || !memchr(content + offset, 0, size - offset))
		return "<corrupt>";
	return (const char *)content + offset;
}

const char *elf_section_name(const struct elf_image *image, size_t index)
{
	if (index >= image->section_count)
		return "<corrupt>";
	return elf_string(image, image->header.e_shstrndx, image->sections[index].sh_name);
}

const Elf64_Shdr *elf_section_of_type(const struct elf_image *image, uint32_t type)
{
	for (size_t i = 0; i < image->section_count; i++)
		if (image->sections[i].sh_type == type)
			return &image->sections[i];
	return NULL;
}

Elf64_Sym *elf_symbols(const struct elf_image *image, const Elf64_Shdr *table, size_t *count)
{
	size_t size;
	const unsigned char *content = elf_content(image, table, &size);
	*count = size / sizeof(Elf64_Sym);
	Elf64_Sym *symbols = allocate(*count * sizeof *symbols + 1);
	memcpy(symbols, content, *count * sizeof *symbols);
	return symbols;
}

const char *elf_symbol_name(const struct elf_image *image, const Elf64_Shdr *table, const Elf64_Sym *symbol)
{
	if (ELF64_ST_TYPE(symbol->st_info) == STT_SECTION && !symbol->st_name)
		return elf_section_name(image, symbol->st_shndx);
	return elf_string(image, table->sh_link, symbol->st_name);
}

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

bool elf_is_special(const struct elf_image *image, const char *name)
{
	if (image->header.e_machine != EM_RISCV)
		return false;
	return !*name || begins(name, ".L") || begins(name, "..") || begins(name, "_.L_") || begins(name, "$x") || begins(name, "$d");
}
