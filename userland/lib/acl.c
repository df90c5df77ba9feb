/* Access-control lists in extended attributes. */
#include "acl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "tools.h"

enum { VERSION = 2, HEADER = 4, ENTRY = 8, NO_ID = -1 };
static const char *const names[] = {"system.posix_acl_access", "system.posix_acl_default"};

static void from_mode(mode_t mode, struct acl *acl)
{
	acl->count = 3;
	acl->entries[0] = (struct acl_entry){ACL_USER_OBJ, mode >> 6 & 7, (uint32_t)NO_ID};
	acl->entries[1] = (struct acl_entry){ACL_GROUP_OBJ, mode >> 3 & 7, (uint32_t)NO_ID};
	acl->entries[2] = (struct acl_entry){ACL_OTHER, mode & 7, (uint32_t)NO_ID};
}

bool acl_read(const char *path, const struct stat *status, bool is_default, struct acl *acl)
{
	static unsigned char bytes[HEADER + ACL_ENTRIES * ENTRY];
	ssize_t length = getxattr(path, names[is_default], bytes, sizeof bytes);
	uint32_t version;
	acl->count = 0;
	if (length < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		return false;
	if (length < 0) {
		if (!is_default)
			from_mode(status->st_mode, acl);
		return true;
	}
	memcpy(&version, bytes, sizeof version);
	if (length < HEADER || version != VERSION) {
		errno = EINVAL;
		return false;
	}
	for (ssize_t at = HEADER; at + ENTRY <= length; at += ENTRY)
		memcpy(&acl->entries[acl->count++], bytes + at, ENTRY);
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct acl_entry *one = a, *other = b;
	if (one->tag != other->tag)
		return one->tag < other->tag ? -1 : 1;
	return one->id < other->id ? -1 : one->id > other->id;
}

bool acl_write(const char *path, bool is_default, struct acl *acl)
{
	static unsigned char bytes[HEADER + ACL_ENTRIES * ENTRY];
	uint32_t version = VERSION;
	qsort(acl->entries, (size_t)acl->count, sizeof *acl->entries, compare);
	if (acl->count == 0)
		return removexattr(path, names[is_default]) == 0 || errno == ENODATA;
	memcpy(bytes, &version, sizeof version);
	for (int i = 0; i < acl->count; i++)
		memcpy(bytes + HEADER + i * ENTRY, &acl->entries[i], ENTRY);
	return setxattr(path, names[is_default], bytes, HEADER + (size_t)acl->count * ENTRY, 0) == 0;
}

static bool is_named(uint16_t tag)
{
	return tag == ACL_USER || tag == ACL_GROUP;
}

struct acl_entry *acl_find(struct acl *acl, uint16_t tag, uint32_t id)
{
	for (int i = 0; i < acl->count; i++)
		if (acl->entries[i].tag == tag && (!is_named(tag) || acl->entries[i].id == id))
			return &acl->entries[i];
	return NULL;
}

bool acl_set(struct acl *acl, uint16_t tag, uint32_t id, unsigned permissions)
{
	struct acl_entry *entry = acl_find(acl, tag, id);
	if (!entry) {
		if (acl->count == ACL_ENTRIES)
			return false;
		entry = &acl->entries[acl->count++];
	}
	*entry = (struct acl_entry){tag, (uint16_t)permissions, is_named(tag) ? id : (uint32_t)NO_ID};
	return true;
}

void acl_remove(struct acl *acl, uint16_t tag, uint32_t id)
{
	struct acl_entry *entry = acl_find(acl, tag, id);
	if (entry)
		*entry = acl->entries[--acl->count];
}

bool acl_is_extended(const struct acl *acl)
{
	for (int i = 0; i < acl->count; i++)
		if (is_named(acl->entries[i].tag) || acl->entries[i].tag == ACL_MASK)
			return true;
	return false;
}

unsigned acl_mask_of(const struct acl *acl)
{
	unsigned mask = 0;
	for (int i = 0; i < acl->count; i++)
		if (is_named(acl->entries[i].tag) || acl->entries[i].tag == ACL_GROUP_OBJ)
			mask |= acl->entries[i].permissions;
	return mask;
}
