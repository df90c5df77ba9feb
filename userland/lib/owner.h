/* Users and groups by name and by number, remembered between look-ups. */
#ifndef OWNER_H
#define OWNER_H

#include <sys/types.h>

/* Name of the user or group, or its number as text. The text stays valid. */
const char *user_name(uid_t uid);
const char *group_name(gid_t gid);
/* Number of a user or group given by name or number; 0 on success, -1 if there is none. */
int user_number(const char *text, uid_t *uid);
int group_number(const char *text, gid_t *gid);
/* Splits `user:group`, `user:`, `:group`, `user`; absent parts become -1. Exits if unknown. */
void parse_owner(const char *text, uid_t *uid, gid_t *gid);

#endif
