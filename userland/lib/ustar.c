/* Headers of the ustar format and of what was made of it. */
#include "ustar.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "tools.h"

_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header is one block");

long long ustar_number(const char *field, size_t size)
{
	long long value = 0;
	if ((unsigned char)field[0] & 0x80) {
		for (size_t i = 1; i < size; i++)
			value = value << 8 | (unsigned char)field[i];
		return value;
	}
	for (size_t i = 0; i < size && field[i]; i++)
		if (field[i] >= '0' && field[i] <= '7')
			value = value * 8 + field[i] - '0';
	return value;
}

static unsigned checksum(const struct tar_header *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned sum = 0;
	size_t field = offsetof(struct tar_header, checksum);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= field && i < field + sizeof header->checksum ? ' ' : bytes[i];
	return sum;
}

bool ustar_is_header(const struct tar_header *header)
{
	return ustar_number(header->checksum, sizeof header->checksum) == checksum(header);
}

char *ustar_name(const struct tar_header *header)
{
	bool prefixed = !memcmp(header->magic, "ustar\0", 6) && header->prefix[0];
	return prefixed ? format_text("%.155s/%.100s", header->prefix, header->name) : duplicate_range(header->name, strnlen(header->name, sizeof header->name));
}

bool ustar_put_name(struct tar_header *header, const char *name)
{
	size_t length = strlen(name);
	if (length <= sizeof header->name) {
		memcpy(header->name, name, length);
		return true;
	}
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t before = (size_t)(slash - name), after = length - before - 1;
		if (before > sizeof header->prefix || after > sizeof header->name || !after)
			continue;
		memcpy(header->prefix, name, before);
		memcpy(header->name, slash + 1, after);
		return true;
	}
	memcpy(header->name, name, sizeof header->name);
	return false;
}

void ustar_put_status(struct tar_header *header, const struct stat *status, long long size)
{
	bool is_device = header->type == '3' || header->type == '4';
	snprintf(header->mode, 8, "%07o", status->st_mode & 07777);
	snprintf(header->uid, 8, "%07o", status->st_uid & 07777777);
	snprintf(header->gid, 8, "%07o", status->st_gid & 07777777);
	snprintf(header->size, 12, "%011llo", size & 077777777777LL);
	snprintf(header->mtime, 12, "%011llo", (long long)status->st_mtime & 077777777777LL);
	snprintf(header->major, 8, "%07o", is_device ? major(status->st_rdev) & 07777777 : 0);
	snprintf(header->minor, 8, "%07o", is_device ? minor(status->st_rdev) & 07777777 : 0);
}

void ustar_seal(struct tar_header *header)
{
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
	snprintf(header->checksum, sizeof header->checksum, "%06o", checksum(header));
	header->checksum[7] = ' ';
}

char ustar_type(mode_t mode)
{
	return S_ISDIR(mode) ? '5' : S_ISLNK(mode) ? '2' : S_ISCHR(mode) ? '3' : S_ISBLK(mode) ? '4' : S_ISFIFO(mode) ? '6' : '0';
}
