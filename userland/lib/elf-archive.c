/* Object files: alone, or the members of an archive (ar(5), GNU's long names). */
#include <ar.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf-image.h"
#include "files.h"
#include "tools.h"

/* The member's name: "name/", or "/offset" into the table of long ones. */
static char *member_name(const struct ar_hdr *header, const char *table, size_t table_size)
{
	const char *name = header->ar_name;
	size_t length = sizeof header->ar_name;
	if (*name == '/') {
		size_t offset = strtoul(name + 1, NULL, 10);
		name = offset < table_size ? table + offset : "?";
		length = offset < table_size ? table_size - offset : 1;
	}
	const char *end = memchr(name, '/', length);
	return duplicate_range(name, end ? (size_t)(end - name) : length);
}

static int each_member(const char *path, const unsigned char *data, size_t length, int (*visit)(struct elf_image *, const char *))
{
	const char *table = "";
	size_t table_size = 0;
	int status = 0;
	for (size_t at = SARMAG; length - at >= sizeof(struct ar_hdr) && at < length;) {
		const struct ar_hdr *header = (const void *)(data + at);
		at += sizeof *header;
		size_t size = strtoul(header->ar_size, NULL, 10);
		if (memcmp(header->ar_fmag, ARFMAG, sizeof header->ar_fmag) || size > length - at) {
			warnx("%s: malformed archive", path);
			return 1;
		}
		if (!memcmp(header->ar_name, "// ", 3)) {
			table = (const char *)data + at;
			table_size = size;
		} else if (memcmp(header->ar_name, "/ ", 2)) {
			char *name = member_name(header, table, table_size);
			struct elf_image image;
			if (elf_open(&image, name, data + at, size)) {
				status |= visit(&image, name);
				elf_close(&image);
			} else {
				status = 1;
			}
			free(name);
		}
		at += size + (size & 1);
	}
	return status;
}

int each_object(const char *path, int (*visit)(struct elf_image *image, const char *member))
{
	size_t length;
	char *data = read_file(path, &length);
	if (!data) {
		if (errno == ENOENT)
			warnx("'%s': No such file", path);
		else
			warn("%s", path);
		return 1;
	}
	int status = 1;
	struct elf_image image;
	if (length >= SARMAG && !memcmp(data, ARMAG, SARMAG)) {
		status = each_member(path, (const unsigned char *)data, length, visit);
	} else if (elf_open(&image, path, (const unsigned char *)data, length)) {
		status = visit(&image, NULL);
		elf_close(&image);
	}
	free(data);
	return status;
}
