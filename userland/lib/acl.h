/* Access-control lists as they are in extended attributes: acl(5), linux/posix_acl_xattr.h. */
#ifndef ACL_H
#define ACL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { ACL_USER_OBJ = 1, ACL_USER = 2, ACL_GROUP_OBJ = 4, ACL_GROUP = 8, ACL_MASK = 16, ACL_OTHER = 32, ACL_ENTRIES = 512 };

struct acl_entry {
	uint16_t tag, permissions; /* of 7 */
	uint32_t id;               /* of ACL_USER and ACL_GROUP */
};

struct acl {
	int count;
	struct acl_entry entries[ACL_ENTRIES];
};

/* The list of a file, or (`is_default`) of a folder. Without a stored one, what the mode says (no default: empty). False: errno. */
bool acl_read(const char *path, const struct stat *status, bool is_default, struct acl *acl);
/* Stores it, sorted; one of a mode's three entries becomes the mode. False: errno. */
bool acl_write(const char *path, bool is_default, struct acl *acl);
/* The entry, or null. */
struct acl_entry *acl_find(struct acl *acl, uint16_t tag, uint32_t id);
/* Sets an entry, making it if there is none. False: too many. */
bool acl_set(struct acl *acl, uint16_t tag, uint32_t id, unsigned permissions);
void acl_remove(struct acl *acl, uint16_t tag, uint32_t id);
/* Users and groups with entries of their own, or a mask. */
bool acl_is_extended(const struct acl *acl);
/* What the mask has to be: all that the group, and named users and groups, may. */
unsigned acl_mask_of(const struct acl *acl);

#endif
