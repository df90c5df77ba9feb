/* Reading and writing archives: members behind 60-byte headers, GNU's table of long names, the index of symbols. */
#include "archive.h"

#include <ar.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf-image.h"
#include "files.h"
#include "tools.h"

enum { SHORT_NAME = 15, NO_ARCHIVE = 9 };

static long long field(const char *text, size_t width, int base)
{
	char copy[17];
	snprintf(copy, sizeof copy, "%.*s", (int)width, text);
	return strtoll(copy, NULL, base);
}

static char *member_name(const struct ar_hdr *header, const char *table, size_t table_size)
{
	const char *name = header->ar_name;
	size_t length = sizeof header->ar_name;
	if (*name == '/') {
		size_t offset = (size_t)field(name + 1, length - 1, 10);
		if (offset >= table_size)
			return duplicate("?");
		name = table + offset;
		length = strcspn(name, "\n");
		length -= length && name[length - 1] == '/';
		return duplicate_range(name, length);
	}
	const char *end = memchr(name, '/', length);
	if (!end)
		for (end = name + length; end > name && end[-1] == ' '; end--)
			;
	return duplicate_range(name, (size_t)(end - name));
}

/* All members of the archive; the index is made anew where it is wanted. */
void ar_read(struct archive *archive, bool may_be_new)
{
	size_t length;
	char *data = read_file(archive->path, &length), *table = "";
	size_t table_size = 0;
	*archive = (struct archive){.path = archive->path};
	if (!data && errno == ENOENT && may_be_new) {
		archive->is_new = true;
		return;
	}
	if (!data)
		err(NO_ARCHIVE, "%s", archive->path);
	if (length < SARMAG || memcmp(data, ARMAG, SARMAG))
		errx(1, "%s: file format not recognized", archive->path);
	for (size_t at = SARMAG; at < length;) {
		const struct ar_hdr *header = (const void *)(data + at);
		at += sizeof *header;
		if (at > length || memcmp(header->ar_fmag, ARFMAG, sizeof header->ar_fmag))
			errx(1, "%s: malformed archive", archive->path);
		long long size = field(header->ar_size, sizeof header->ar_size, 10);
		if (size < 0 || (size_t)size > length - at)
			errx(1, "%s: malformed archive", archive->path);
		if (!memcmp(header->ar_name, "// ", 3)) {
			table = duplicate_range(data + at, (size_t)size);
			table_size = (size_t)size;
		} else if (memcmp(header->ar_name, "/ ", 2)) {
			archive->members = reallocate(archive->members, (archive->count + 1) * sizeof *archive->members);
			archive->members[archive->count++] = (struct member){member_name(header, table, table_size), (unsigned char *)data + at, (size_t)size,
				field(header->ar_date, sizeof header->ar_date, 10), (unsigned)field(header->ar_uid, sizeof header->ar_uid, 10),
				(unsigned)field(header->ar_gid, sizeof header->ar_gid, 10), (unsigned)field(header->ar_mode, sizeof header->ar_mode, 8)};
		}
		at += (size_t)size + (size & 1);
	}
}

/* Global symbols that a member defines, each with the member's number. */
struct index {
	struct text names;
	uint32_t *owners;
	size_t count;
};

static void add_symbols(struct index *index, const struct member *member, size_t number)
{
	struct elf_image image;
	if (member->size < SELFMAG || memcmp(member->data, ELFMAG, SELFMAG) || !elf_open(&image, member->name, member->data, member->size))
		return;
	const Elf64_Shdr *table = elf_section_of_type(&image, SHT_SYMTAB);
	size_t count = 0;
	Elf64_Sym *symbols = table ? elf_symbols(&image, table, &count) : NULL;
	for (size_t i = 1; i < count; i++) {
		unsigned bind = ELF64_ST_BIND(symbols[i].st_info);
		if ((bind != STB_GLOBAL && bind != STB_WEAK && bind != STB_GNU_UNIQUE) || symbols[i].st_shndx == SHN_UNDEF)
			continue;
		const char *name = elf_symbol_name(&image, table, &symbols[i]);
		text_add(&index->names, name, strlen(name) + 1);
		index->owners = reallocate(index->owners, (index->count + 1) * sizeof *index->owners);
		index->owners[index->count++] = (uint32_t)number;
	}
	free(symbols);
	elf_close(&image);
}

static void put_header(struct text *out, const char *name, long long time, unsigned uid, unsigned gid, unsigned mode, size_t size)
{
	char header[sizeof(struct ar_hdr) + 1];
	snprintf(header, sizeof header, "%-16s%-12lld%-6u%-6u%-8o%-10zu`\n", name, time, uid, gid, mode, size);
	text_add(out, header, sizeof(struct ar_hdr));
}

static void put_padded(struct text *out, const void *data, size_t size)
{
	text_add(out, data, size);
	if (size & 1)
		text_char(out, '\n');
}

static void put_word(struct text *out, uint32_t word)
{
	char bytes[4] = {(char)(word >> 24), (char)(word >> 16), (char)(word >> 8), (char)word};
	text_add(out, bytes, sizeof bytes);
}

static size_t padded(size_t size)
{
	return size + (size & 1);
}

/* The index: the count, each symbol's member by its place in the file, the names; it says an even length. */
static void put_index(struct text *out, struct index *index, const size_t *places, long long time)
{
	if (index->names.length & 1)
		text_add(&index->names, "", 1);
	put_header(out, "/", time, 0, 0, 0, 4 + index->count * 4 + index->names.length);
	put_word(out, (uint32_t)index->count);
	for (size_t i = 0; i < index->count; i++)
		put_word(out, (uint32_t)places[index->owners[i]]);
	text_add(out, index->names.data, index->names.length);
}

static void store(const struct archive *archive, const struct text *content)
{
	char *next = format_text("%s.new", archive->path);
	struct stat old;
	int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write_all(fd, content->data, content->length) < 0)
		err(1, "%s", next);
	if (!archive->is_new && stat(archive->path, &old) == 0 && fchmod(fd, old.st_mode & 07777) < 0)
		warn("%s", next);
	if (close(fd) < 0 || rename(next, archive->path) < 0)
		err(1, "%s", archive->path);
	free(next);
}

void ar_write(const struct archive *archive, bool has_index, long long index_time)
{
	struct text out = {0}, table = {0};
	struct index index = {0};
	size_t *places = allocate((archive->count + 1) * sizeof *places), *long_names = allocate((archive->count + 1) * sizeof *long_names);
	text_string(&table, "");
	text_string(&index.names, "");
	for (size_t i = 0; i < archive->count; i++) {
		long_names[i] = table.length;
		if (strlen(archive->members[i].name) > SHORT_NAME)
			text_format(&table, "%s/\n", archive->members[i].name);
		if (has_index)
			add_symbols(&index, &archive->members[i], i);
	}
	has_index &= index.count > 0;
	size_t at = SARMAG + (has_index ? sizeof(struct ar_hdr) + padded(4 + index.count * 4 + index.names.length) : 0);
	at += table.length ? sizeof(struct ar_hdr) + padded(table.length) : 0;
	for (size_t i = 0; i < archive->count; i++) {
		places[i] = at;
		at += sizeof(struct ar_hdr) + padded(archive->members[i].size);
	}
	text_add(&out, ARMAG, SARMAG);
	if (has_index)
		put_index(&out, &index, places, index_time);
	if (table.length) {
		char blank[sizeof(struct ar_hdr) + 1];
		snprintf(blank, sizeof blank, "%-48s%-10zu`\n", "//", padded(table.length));
		text_add(&out, blank, sizeof(struct ar_hdr));
		put_padded(&out, table.data, table.length);
	}
	for (size_t i = 0; i < archive->count; i++) {
		const struct member *member = &archive->members[i];
		bool is_long = strlen(member->name) > SHORT_NAME;
		char *name = is_long ? format_text("/%zu", long_names[i]) : format_text("%s/", member->name);
		put_header(&out, name, member->time, member->uid, member->gid, member->mode, member->size);
		put_padded(&out, member->data, member->size);
		free(name);
	}
	store(archive, &out);
	text_free(&out);
	text_free(&table);
	text_free(&index.names);
	free(index.owners);
	free(places);
	free(long_names);
}

