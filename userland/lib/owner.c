/* Users and groups by name and by number, from /etc/passwd and /etc/group. */
#include "owner.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

struct known {
	struct known *next;
	unsigned number;
	char *name;
};

static struct known *users, *groups;

static const char *recall(const struct known *list, unsigned number)
{
	for (; list; list = list->next) {
		if (list->number == number)
			return list->name;
	}
	return NULL;
}

static const char *remember(struct known **list, unsigned number, const char *name)
{
	struct known *entry = allocate(sizeof *entry);
	*entry = (struct known){*list, number, name ? duplicate(name) : format_text("%u", number)};
	*list = entry;
	return entry->name;
}

const char *user_name(uid_t uid)
{
	const char *name = recall(users, uid);
	if (name)
		return name;
	struct passwd *user = getpwuid(uid);
	return remember(&users, uid, user ? user->pw_name : NULL);
}

const char *group_name(gid_t gid)
{
	const char *name = recall(groups, gid);
	if (name)
		return name;
	struct group *group = getgrgid(gid);
	return remember(&groups, gid, group ? group->gr_name : NULL);
}

static int as_number(const char *text, unsigned *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end)
		return -1;
	*number = value;
	return 0;
}

int user_number(const char *text, uid_t *uid)
{
	struct passwd *user = getpwnam(text);
	if (!user)
		return as_number(text, uid);
	*uid = user->pw_uid;
	return 0;
}

int group_number(const char *text, gid_t *gid)
{
	struct group *group = getgrnam(text);
	if (!group)
		return as_number(text, gid);
	*gid = group->gr_gid;
	return 0;
}

void parse_owner(const char *text, uid_t *uid, gid_t *gid)
{
	char *user = duplicate(text);
	char *group = strpbrk(user, ":.");
	if (group)
		*group++ = 0;
	*uid = -1;
	*gid = -1;
	if (*user && user_number(user, uid) < 0)
		errx(1, "invalid user: '%s'", text);
	if (group && *group && group_number(group, gid) < 0)
		errx(1, "invalid group: '%s'", text);
	if (group && !*group && *user) {
		struct passwd *entry = getpwuid(*uid);
		if (entry)
			*gid = entry->pw_gid;
	}
	free(user);
}
