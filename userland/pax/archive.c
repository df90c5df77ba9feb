/* The bytes of the archive, and which format they have. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpio-header.h"
#include "files.h"
#include "pax.h"
#include "tools.h"
#include "ustar.h"

enum { CPIO_BLOCK = 5120, MAGIC = 6 };

FILE *pax_archive;

static bool is_known;

void pax_get(void *bytes, size_t length)
{
	if (fread(bytes, 1, length, pax_archive) == length) {
		cpio_moved += length;
		return;
	}
	if (ferror(pax_archive))
		err(1, "the archive cannot be read");
	errx(1, "the archive ends in the middle of a member");
}

void pax_skip(long long length)
{
	char bytes[TAR_RECORD];
	for (; length > 0; length -= (long long)sizeof bytes)
		pax_get(bytes, length < (long long)sizeof bytes ? (size_t)length : sizeof bytes);
}

void pax_put(const void *bytes, size_t length)
{
	if (fwrite(bytes, 1, length, pax_archive) != length)
		err(1, "the archive cannot be written");
	cpio_moved += length;
}

void pax_pad(size_t unit)
{
	static const char zeros[TAR_BLOCK];
	for (size_t left = (unit - cpio_moved % unit) % unit; left;) {
		size_t part = left < sizeof zeros ? left : sizeof zeros;
		pax_put(zeros, part);
		left -= part;
	}
}

/* By the first bytes; both libraries of C take back as many as this. */
static void find_format(void)
{
	char start[MAGIC];
	size_t length = fread(start, 1, sizeof start, pax_archive);
	for (size_t i = length; i-- > 0;)
		ungetc((unsigned char)start[i], pax_archive);
	bool is_cpio = length == MAGIC && !memcmp(start, "07070", 5) && strchr("127", start[5]);
	if (is_cpio)
		pax.format = PAX_CPIO;
	else if (!pax.writes || pax.format == PAX_CPIO)
		pax.format = PAX_PAX;
	is_known = true;
}

bool pax_read_member(struct pax_member *member)
{
	if (!is_known)
		find_format();
	*member = (struct pax_member){0};
	return pax.format == PAX_CPIO ? pax_read_cpio(member) : pax_read_ustar(member);
}

static size_t content_unit(void)
{
	return pax.format == PAX_CPIO ? cpio_format == 'o' ? 1 : 4 : TAR_BLOCK;
}

int pax_take_content(const struct pax_member *member, int fd)
{
	char bytes[TAR_RECORD];
	int failed = 0;
	for (long long left = member->content; left > 0; left -= (long long)sizeof bytes) {
		size_t part = left < (long long)sizeof bytes ? (size_t)left : sizeof bytes;
		pax_get(bytes, part);
		if (fd >= 0 && !failed)
			failed = write_all(fd, bytes, part);
	}
	size_t unit = content_unit();
	pax_skip((long long)((unit - (unsigned long long)member->content % unit) % unit));
	return failed;
}

int pax_write_member(const struct pax_member *member)
{
	return pax.format == PAX_CPIO ? pax_write_cpio(member) : pax_write_ustar(member);
}

void pax_end_content(const struct pax_member *member)
{
	static const char zeros[TAR_BLOCK];
	size_t unit = content_unit();
	pax_put(zeros, (unit - (unsigned long long)member->content % unit) % unit);
}

void pax_write_end(void)
{
	static const char zeros[2 * TAR_BLOCK];
	if (pax.format == PAX_CPIO) {
		cpio_archive = pax_archive;
		cpio_put_header(&(struct entry_header){.links = 1, .name = (char *)CPIO_TRAILER});
	} else {
		pax_put(zeros, sizeof zeros);
	}
	pax_pad(pax.block ? pax.block : pax.format == PAX_CPIO ? CPIO_BLOCK : TAR_RECORD);
}

void pax_go_to_end(void (*seen)(const struct pax_member *member))
{
	struct pax_member member;
	long end = 0;
	while (pax_read_member(&member)) {
		seen(&member);
		pax_take_content(&member, -1);
		pax_free_member(&member);
		end = ftell(pax_archive);
	}
	/* Padding is counted from the beginning. */
	cpio_moved = (unsigned long long)end;
	if (end < 0 || fseek(pax_archive, end, SEEK_SET) || ftruncate(fileno(pax_archive), end))
		err(1, "the archive cannot be appended to");
}

void pax_free_member(struct pax_member *member)
{
	free(member->name);
	free(member->link);
	free(member->user);
	free(member->group);
}
