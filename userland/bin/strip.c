/*
 * strip: take symbols and debugging information out of programs and shared libraries
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/strip.html
 *
 * Usage: strip [-gps] [-o OUTPUT] FILE...
 *   -g          only debugging information
 *   -o OUTPUT   the result goes there, FILE stays
 *   -p          the file keeps its times
 *   -s          everything (what it does without options)
 * ELF, 64 bits, programs and shared libraries. Files for the linker are refused: their relocations need the symbols.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf-image.h"
#include "files.h"
#include "tools.h"

static bool only_debug, keeps_times;
static const char *output_name;

static bool is_debug(const char *name)
{
	return !strncmp(name, ".debug", 6) || !strncmp(name, ".zdebug", 7) || !strncmp(name, ".stab", 5) || !strncmp(name, ".gdb_index", 10) ||
	       !strncmp(name, ".line", 5);
}

/* Whether the section stays: what a running program has, and remarks. */
static bool stays(const struct elf_image *image, size_t index)
{
	const Elf64_Shdr *section = &image->sections[index];
	if (index == 0 || section->sh_flags & SHF_ALLOC)
		return true;
	if (index == image->header.e_shstrndx)
		return false; /* a new one is made */
	if (is_debug(elf_section_name(image, index)))
		return false;
	if (section->sh_type == SHT_REL || section->sh_type == SHT_RELA)
		return section->sh_info < image->section_count && image->sections[section->sh_info].sh_flags & SHF_ALLOC;
	return only_debug || (section->sh_type != SHT_SYMTAB && section->sh_type != SHT_STRTAB && section->sh_type != SHT_SYMTAB_SHNDX);
}

/* The end of what is loaded: bytes up to there keep their places. */
static size_t loaded_end(const struct elf_image *image)
{
	size_t end = sizeof(Elf64_Ehdr), length;
	for (size_t i = 0; i < image->segment_count; i++) {
		size_t segment_end = image->segments[i].p_offset + image->segments[i].p_filesz;
		end = segment_end > end ? segment_end : end;
	}
	size_t table_end = image->header.e_phoff + image->segment_count * sizeof(Elf64_Phdr);
	end = table_end > end ? table_end : end;
	for (size_t i = 1; i < image->section_count; i++) {
		const Elf64_Shdr *section = &image->sections[i];
		if (!(section->sh_flags & SHF_ALLOC) || section->sh_type == SHT_NOBITS)
			continue;
		elf_content(image, section, &length);
		end = section->sh_offset + length > end ? section->sh_offset + length : end;
	}
	return end < image->length ? end : image->length;
}

static void align(struct text *file, size_t alignment)
{
	while (alignment > 1 && file->length % alignment)
		text_char(file, 0);
}

/* Section numbers in the symbols for dynamic linking. */
static void renumber_symbols(const struct elf_image *image, struct text *file, const Elf64_Shdr *table, const unsigned *places)
{
	for (size_t at = 0; at + sizeof(Elf64_Sym) <= table->sh_size; at += sizeof(Elf64_Sym)) {
		Elf64_Sym symbol;
		char *bytes = file->data + table->sh_offset + at;
		if (table->sh_offset + at + sizeof symbol > file->length)
			return;
		memcpy(&symbol, bytes, sizeof symbol);
		if (symbol.st_shndx < image->section_count)
			symbol.st_shndx = (Elf64_Section)places[symbol.st_shndx];
		memcpy(bytes, &symbol, sizeof symbol);
	}
}

static void build(const struct elf_image *image, struct text *file)
{
	unsigned *places = allocate(image->section_count * sizeof *places + 1), count = 0;
	for (size_t i = 0; i < image->section_count; i++)
		places[i] = stays(image, i) ? count++ : 0;
	text_add(file, (const char *)image->data, loaded_end(image));
	struct text names = {0}, table = {0};
	text_char(&names, 0);
	for (size_t i = 0; i < image->section_count; i++) {
		Elf64_Shdr section = image->sections[i];
		if (i && !places[i])
			continue;
		size_t length;
		const unsigned char *content = elf_content(image, &section, &length);
		if (i && !(section.sh_flags & SHF_ALLOC) && section.sh_type != SHT_NOBITS) {
			align(file, section.sh_addralign);
			section.sh_offset = file->length;
			section.sh_size = length;
			text_add(file, (const char *)content, length);
		}
		if (section.sh_type == SHT_DYNSYM || section.sh_type == SHT_SYMTAB)
			renumber_symbols(image, file, &section, places);
		section.sh_link = section.sh_link < image->section_count ? places[section.sh_link] : 0;
		if (section.sh_type == SHT_REL || section.sh_type == SHT_RELA || section.sh_flags & SHF_INFO_LINK)
			section.sh_info = section.sh_info < image->section_count ? places[section.sh_info] : 0;
		section.sh_name = i ? (Elf64_Word)names.length : 0;
		if (i)
			text_add(&names, elf_section_name(image, i), strlen(elf_section_name(image, i)) + 1);
		text_add(&table, (const char *)&section, sizeof section);
	}
	Elf64_Shdr last = {.sh_name = (Elf64_Word)names.length, .sh_type = SHT_STRTAB, .sh_offset = file->length, .sh_addralign = 1};
	text_add(&names, ".shstrtab", sizeof ".shstrtab");
	last.sh_size = names.length;
	text_add(&table, (const char *)&last, sizeof last);
	text_add(file, names.data, names.length);
	align(file, 8);
	Elf64_Ehdr header = image->header;
	header.e_shoff = file->length;
	header.e_shnum = (Elf64_Half)(count + 1);
	header.e_shstrndx = (Elf64_Half)count;
	text_add(file, table.data, table.length);
	memcpy(file->data, &header, sizeof header);
	text_free(&names);
	text_free(&table);
	free(places);
}

/* A new file beside the old one takes its place: a program that runs keeps what it has. */
static bool replace(const char *target, const struct stat *about, const struct text *file)
{
	char *name = format_text("%s.XXXXXX", target);
	int fd = mkstemp(name);
	bool good = fd >= 0 && write_all(fd, file->data, file->length) == 0;
	struct timespec times[2] = {about->st_atim, about->st_mtim};
	if (good && fchown(fd, about->st_uid, about->st_gid) < 0)
		good = errno == EPERM;
	good = good && fchmod(fd, about->st_mode & 07777) == 0 && (!keeps_times || futimens(fd, times) == 0) && rename(name, target) == 0;
	if (!good) {
		warn("%s", target);
		if (fd >= 0)
			unlink(name);
	}
	if (fd >= 0)
		close(fd);
	free(name);
	return good;
}

static int strip_file(const char *path)
{
	size_t length;
	struct stat about;
	struct elf_image image;
	char *data = read_file(path, &length);
	if (!data || stat(path, &about) < 0) {
		warn("'%s'", path);
		free(data);
		return 1;
	}
	if (!elf_open(&image, path, (const unsigned char *)data, length)) {
		free(data);
		return 1;
	}
	bool good = image.header.e_type == ET_EXEC || image.header.e_type == ET_DYN;
	if (!good) {
		warnx("%s: is no program and no shared library", path);
	} else {
		struct text file = {0};
		build(&image, &file);
		good = replace(output_name ? output_name : path, &about, &file);
		text_free(&file);
	}
	elf_close(&image);
	free(data);
	return !good;
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "go:ps")) != -1;) {
		switch (option) {
		case 'g': only_debug = true; break;
		case 'o': output_name = optarg; break;
		case 'p': keeps_times = true; break;
		default: only_debug = false; break;
		}
	}
	if (!argv[optind])
		usage_error("no input files");
	if (output_name && argv[optind + 1])
		usage_error("-o may only be used with one file");
	int status = 0;
	for (char **path = argv + optind; *path; path++)
		status |= strip_file(*path);
	return status;
}
