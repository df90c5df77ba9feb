/* Headers of cpio archives (cpio(5)): octal fields of odc, hexadecimal ones of newc and crc. */
#include "cpio-header.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "tools.h"

enum { BLOCK = 512, NEWC_HEADER = 110, ODC_HEADER = 76, MAGIC = 6 };

FILE *cpio_archive;
unsigned long long cpio_moved;
char cpio_format = 'o';

void cpio_put(const void *bytes, size_t length)
{
	if (fwrite(bytes, 1, length, cpio_archive) != length)
		err(2, "write error");
	cpio_moved += length;
}

void cpio_pad(size_t unit)
{
	static const char zeros[BLOCK];
	cpio_put(zeros, (unit - cpio_moved % unit) % unit);
}

void cpio_get(void *bytes, size_t length)
{
	bool is_whole = fread(bytes, 1, length, cpio_archive) == length;
	if (ferror(cpio_archive))
		err(2, "read error");
	if (!is_whole)
		errx(2, "premature end of file");
	cpio_moved += length;
}

void cpio_skip(unsigned long long length)
{
	char bytes[BLOCK];
	for (; length; length -= length < sizeof bytes ? length : sizeof bytes)
		cpio_get(bytes, length < sizeof bytes ? (size_t)length : sizeof bytes);
}

void cpio_align(size_t unit)
{
	cpio_skip((unit - cpio_moved % unit) % unit);
}

void cpio_put_header(const struct entry_header *entry)
{
	char text[NEWC_HEADER + 1];
	size_t name_size = strlen(entry->name) + 1;
	if (cpio_format == 'o')
		snprintf(text, sizeof text, "070707%06lo%06lo%06lo%06lo%06lo%06lo%06lo%011lo%06zo%011lo", entry->device & 0777777, entry->inode & 0777777, entry->mode, entry->uid, entry->gid,
			 entry->links, entry->rdevice & 0777777, entry->mtime, name_size, entry->size);
	else
		snprintf(text, sizeof text, "07070%c%08lX%08lX%08lX%08lX%08lX%08lX%08lX%08X%08X%08X%08X%08zX%08lX", cpio_format == 'c' ? '2' : '1', entry->inode, entry->mode, entry->uid, entry->gid,
			 entry->links, entry->mtime, entry->size, major(entry->device), minor(entry->device), major(entry->rdevice), minor(entry->rdevice), name_size, entry->check);
	cpio_put(text, strlen(text));
	cpio_put(entry->name, name_size);
	if (cpio_format != 'o')
		cpio_pad(4);
}

static unsigned long number(const char *text, size_t width, int base)
{
	char copy[16];
	snprintf(copy, sizeof copy, "%.*s", (int)width, text);
	return strtoul(copy, NULL, base);
}

static void read_odc(struct entry_header *entry, const char *text)
{
	unsigned long *const fields[] = {&entry->device, &entry->inode, &entry->mode, &entry->uid, &entry->gid, &entry->links, &entry->rdevice};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		*fields[i] = number(text + 6 + i * 6, 6, 8);
	entry->mtime = number(text + 48, 11, 8);
	entry->size = number(text + 65, 11, 8);
}

static void read_newc(struct entry_header *entry, const char *text)
{
	unsigned long *const fields[] = {&entry->inode, &entry->mode, &entry->uid, &entry->gid, &entry->links, &entry->mtime, &entry->size};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		*fields[i] = number(text + 6 + i * 8, 8, 16);
	entry->device = makedev(number(text + 62, 8, 16), number(text + 70, 8, 16));
	entry->rdevice = makedev(number(text + 78, 8, 16), number(text + 86, 8, 16));
	entry->check = number(text + 102, 8, 16);
}

/* The next header; false at the trailer. */
bool cpio_get_header(struct entry_header *entry)
{
	enum { NAME_LIMIT = 1 << 16 };
	char text[NEWC_HEADER];
	*entry = (struct entry_header){0};
	cpio_get(text, 6);
	bool is_newc = !memcmp(text, "070701", 6) || !memcmp(text, "070702", 6);
	if (!is_newc && memcmp(text, "070707", 6))
		errx(2, "the input is no cpio archive");
	cpio_get(text + 6, (is_newc ? NEWC_HEADER : ODC_HEADER) - 6);
	size_t size = is_newc ? number(text + 94, 8, 16) : number(text + 59, 6, 8);
	if (!size || size > NAME_LIMIT)
		errx(2, "malformed archive");
	if (is_newc)
		read_newc(entry, text);
	else
		read_odc(entry, text);
	cpio_format = is_newc ? 'n' : 'o';
	entry->name = allocate(size + 1);
	cpio_get(entry->name, size);
	entry->name[size] = 0;
	if (is_newc)
		cpio_align(4);
	return strcmp(entry->name, CPIO_TRAILER) != 0;
}
