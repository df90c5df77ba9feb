/* Extended attributes of an inode: those in it, then those of its block. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debugfs.h"
#include "tools.h"

enum { MAGIC_BYTES = 4, ENTRY = 16, BLOCK_HEADER = 32 };
static const uint32_t magic = 0xea020000;

static const char *prefix(unsigned index)
{
	static const char *const names[] = {"", "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "", "security.", "system.", "system.richacl"};
	return index < sizeof names / sizeof *names ? names[index] : "";
}

static void show_value(const unsigned char *value, uint32_t size)
{
	bool printable = true;
	for (uint32_t i = 0; i < size; i++)
		printable &= isprint(value[i]) != 0;
	if (printable)
		printf(" = \"%.*s\"", (int)size, (const char *)value);
	else {
		printf(" =");
		for (uint32_t i = 0; i < size; i++)
			printf(" %02x", value[i]);
	}
}

/* Entries from `at` to `end`, values counted from `base`; *any: the heading is there. */
static void show_entries(const unsigned char *bytes, uint32_t at, uint32_t end, uint32_t base, bool *any)
{
	while (at + ENTRY <= end && (bytes[at] || bytes[at + 1])) {
		uint16_t offset;
		uint32_t inode, size, name = bytes[at];
		memcpy(&offset, bytes + at + 2, sizeof offset);
		memcpy(&inode, bytes + at + 4, sizeof inode);
		memcpy(&size, bytes + at + 8, sizeof size);
		if (at + ENTRY + name > end || (!inode && (size > end || (uint64_t)base + offset + size > end)))
			return;
		if (!*any)
			printf("Extended attributes:\n");
		*any = true;
		printf("  %s%.*s (%u)", prefix(bytes[at + 1]), (int)name, (const char *)bytes + at + ENTRY, size);
		if (!inode && size)
			show_value(bytes + base + offset, size);
		putchar('\n');
		at += ENTRY + (name + 3) / 4 * 4;
	}
}

void show_attributes(struct ext4 *fs, const struct ext4_inode *inode)
{
	bool any = false;
	uint32_t size = fs->super.inode_size, at = 128 + inode->extra, found = 0;
	if (size > 128 && at + MAGIC_BYTES < size) {
		memcpy(&found, (const unsigned char *)inode + at, sizeof found);
		if (found == magic)
			show_entries((const unsigned char *)inode, at + MAGIC_BYTES, size, at + MAGIC_BYTES, &any);
	}
	uint64_t place = ext4_file_acl(inode);
	unsigned char *block = allocate(fs->block_size);
	if (place && ext4_read(fs, place, block) && memcmp(block, &magic, sizeof magic) == 0)
		show_entries(block, BLOCK_HEADER, fs->block_size, 0, &any);
	free(block);
}
