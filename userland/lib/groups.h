/* Lines of /etc/group, changed. */
#ifndef GROUPS_H
#define GROUPS_H

#include <grp.h>
#include <stdbool.h>

/* The group on the heap, for good; null if there is none. */
struct group *group_named(const char *name);
/* The names between the commas, none twice; a null pointer ends them. */
char **member_list(const char *list);
/* Null, or the first that is no user. */
const char *unknown_member(char **members);
bool has_member(const struct group *group, const char *user);
void add_member(struct group *group, const char *user);
void remove_member(struct group *group, const char *user);
/* Writes the line in place of that of the group `name`; false with errno. */
bool change_group(const char *name, const struct group *group);

#endif
