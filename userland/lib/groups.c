#include "groups.h"

#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "tools.h"

static size_t count_of(char **members)
{
	size_t count = 0;
	while (members[count])
		count++;
	return count;
}

static void append(char ***members, const char *user)
{
	size_t count = count_of(*members);
	*members = reallocate(*members, (count + 2) * sizeof **members);
	(*members)[count] = duplicate(user);
	(*members)[count + 1] = NULL;
}

static char **no_members(void)
{
	char **members = allocate(sizeof *members);
	*members = NULL;
	return members;
}

struct group *group_named(const char *name)
{
	const struct group *found = getgrnam(name);
	if (!found)
		return NULL;
	struct group *group = allocate(sizeof *group);
	*group = (struct group){.gr_name = duplicate(found->gr_name), .gr_passwd = duplicate(found->gr_passwd), .gr_gid = found->gr_gid, .gr_mem = no_members()};
	for (char **member = found->gr_mem; *member; member++)
		append(&group->gr_mem, *member);
	return group;
}

static bool is_among(char **members, const char *user)
{
	for (; *members; members++)
		if (!strcmp(*members, user))
			return true;
	return false;
}

char **member_list(const char *list)
{
	char **members = no_members(), *copy = duplicate(list), *rest = copy;
	for (char *name; (name = strsep(&rest, ","));)
		if (*name && !is_among(members, name))
			append(&members, name);
	free(copy);
	return members;
}

const char *unknown_member(char **members)
{
	for (; *members; members++)
		if (!getpwnam(*members))
			return *members;
	return NULL;
}

bool has_member(const struct group *group, const char *user)
{
	return is_among(group->gr_mem, user);
}

void add_member(struct group *group, const char *user)
{
	if (!has_member(group, user))
		append(&group->gr_mem, user);
}

void remove_member(struct group *group, const char *user)
{
	char **to = group->gr_mem;
	for (char **from = to; *from; from++)
		if (strcmp(*from, user))
			*to++ = *from;
	*to = NULL;
}

bool change_group(const char *name, const struct group *group)
{
	struct text line = {0};
	text_format(&line, "%s:%s:%u:", group->gr_name, group->gr_passwd, group->gr_gid);
	for (char **member = group->gr_mem; *member; member++)
		text_format(&line, "%s%s", member == group->gr_mem ? "" : ",", *member);
	bool is_done = change_record(GROUP_FILE, name, line.data);
	text_free(&line);
	return is_done;
}
