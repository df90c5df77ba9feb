/*
 * id: print user and group identities
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/id.html
 *
 * Usage: id [OPTION]... [USER]...
 *   -g, --group    only the effective group
 *   -G, --groups   all groups
 *   -n, --name     names instead of numbers, with -g, -G, -u
 *   -r, --real     real instead of effective, with -g, -u
 *   -u, --user     only the effective user
 */
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "owner.h"
#include "tools.h"

enum { GROUP_LIMIT = 256 };

struct identity {
	uid_t user, effective_user;
	gid_t group, effective_group;
	gid_t groups[GROUP_LIMIT];
	int count;
};

static struct identity of_process(void)
{
	struct identity id = {.user = getuid(), .effective_user = geteuid(), .group = getgid(), .effective_group = getegid()};
	id.count = getgroups(GROUP_LIMIT - 1, id.groups + 1);
	if (id.count < 0)
		id.count = 0;
	id.groups[0] = id.effective_group;
	int kept = 1;
	for (int i = 1; i <= id.count; i++)
		if (id.groups[i] != id.effective_group)
			id.groups[kept++] = id.groups[i];
	id.count = kept;
	return id;
}

static struct identity of_user(const struct passwd *user)
{
	struct identity id = {.user = user->pw_uid, .effective_user = user->pw_uid, .group = user->pw_gid, .effective_group = user->pw_gid};
	id.count = GROUP_LIMIT;
	getgrouplist(user->pw_name, user->pw_gid, id.groups, &id.count);
	return id;
}

static void put(const char *label, unsigned number, const char *name)
{
	printf("%s%u", label, number);
	if (name)
		printf("(%s)", name);
}

static const char *known_user(uid_t uid)
{
	return getpwuid(uid) ? user_name(uid) : NULL;
}

static const char *known_group(gid_t gid)
{
	return getgrgid(gid) ? group_name(gid) : NULL;
}

static void put_all(const struct identity *id)
{
	put("uid=", id->user, known_user(id->user));
	put(" gid=", id->group, known_group(id->group));
	if (id->effective_user != id->user)
		put(" euid=", id->effective_user, known_user(id->effective_user));
	if (id->effective_group != id->group)
		put(" egid=", id->effective_group, known_group(id->effective_group));
	for (int i = 0; i < id->count; i++)
		put(i ? "," : " groups=", id->groups[i], known_group(id->groups[i]));
	putchar('\n');
}

static const char *text_of(unsigned number, const char *name)
{
	static char text[16];
	snprintf(text, sizeof text, "%u", number);
	return name ? name : text;
}

static void put_one(const struct identity *id, char what, bool names, bool real)
{
	uid_t user = real ? id->user : id->effective_user;
	gid_t group = real ? id->group : id->effective_group;
	if (what == 'u')
		puts(text_of(user, names ? user_name(user) : NULL));
	if (what == 'g')
		puts(text_of(group, names ? group_name(group) : NULL));
	for (int i = 0; what == 'G' && i < id->count; i++)
		printf("%s%s", i ? " " : "", text_of(id->groups[i], names ? group_name(id->groups[i]) : NULL));
	if (what == 'G')
		putchar('\n');
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"group", no_argument, NULL, 'g'}, {"groups", no_argument, NULL, 'G'}, {"name", no_argument, NULL, 'n'},
		{"real", no_argument, NULL, 'r'}, {"user", no_argument, NULL, 'u'}, {0}};
	char what = 0;
	bool names = false, real = false;
	for (int option; (option = next_long_option(argc, argv, "gGnru", longs)) != -1;) {
		if (option == 'n')
			names = true;
		else if (option == 'r')
			real = true;
		else if (what && what != option)
			errx(1, "cannot print \"only\" of more than one choice");
		else
			what = (char)option;
	}
	if ((names || real) && !what)
		errx(1, "cannot print only names or real IDs in default format");
	int status = 0;
	char **users = argv + optind;
	do {
		struct identity id;
		struct passwd *user = *users ? getpwnam(*users) : NULL;
		if (*users && !user) {
			warnx("'%s': no such user", *users);
			status = 1;
			continue; /* with the condition: the next user */
		}
		id = user ? of_user(user) : of_process();
		if (what)
			put_one(&id, what, names, real);
		else
			put_all(&id);
	} while (*users && *++users);
	return status;
}
