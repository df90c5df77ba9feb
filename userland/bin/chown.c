/*
 * chown: change owner and group of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/chown.html
 *
 * Aliases: chgrp
 *
 * Usage: chown [-fhRv] [-H|-L|-P] [OWNER][:[GROUP]] FILE...
 *        chown [-fhRv] --reference=RFILE FILE...
 *        chgrp [-fhRv] [-H|-L|-P] GROUP FILE...
 *   -f, --silent           no messages about most errors
 *   -h, --no-dereference   change symbolic links themselves
 *   -H, -L, -P             with -R follow links that are operands, all links, none (default)
 *   -R, --recursive        files and directories in it, too
 *   -v, --verbose          say what is done to each file
 *   -c, --changes   as -v, but only of what changes
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "tools.h"

static struct {
	bool changes, silent, link, recursive, verbose;
	char links; /* with -R: 'P' not followed, 'H' operands are, 'L' all */
} flag = {.links = 'P'};

/* The folders that lead to a path: a link to one of them would go round for ever. */
struct ancestor {
	const struct ancestor *parent;
	dev_t device;
	ino_t inode;
};

static uid_t owner = (uid_t)-1;
static gid_t group = (gid_t)-1;
static bool groups_only;

static bool is_among(const struct ancestor *ancestor, const struct stat *status)
{
	for (; ancestor; ancestor = ancestor->parent) {
		if (ancestor->device == status->st_dev && ancestor->inode == status->st_ino)
			return true;
	}
	return false;
}

/* As -v and -c have it: what was, and what is. */
static void report(const char *path, const struct stat *before)
{
	uid_t uid = owner == (uid_t)-1 ? before->st_uid : owner;
	gid_t gid = group == (gid_t)-1 ? before->st_gid : group;
	bool is_changed = uid != before->st_uid || gid != before->st_gid, has_both = owner != (uid_t)-1 && group != (gid_t)-1;
	if (!flag.verbose && !(flag.changes && is_changed))
		return;
	bool is_group = owner == (uid_t)-1;
	const char *what = is_group ? "group" : "ownership";
	char *old_user = duplicate(user_name(before->st_uid)), *old_group = duplicate(group_name(before->st_gid));
	char *now = is_group ? duplicate(group_name(gid)) : has_both ? format_text("%s:%s", user_name(uid), group_name(gid)) : duplicate(user_name(uid));
	char *was = is_group ? duplicate(old_group) : has_both ? format_text("%s:%s", old_user, old_group) : duplicate(old_user);
	if (is_changed)
		printf("changed %s of '%s' from %s to %s\n", what, path, was, now);
	else
		printf("%s of '%s' retained as %s\n", what, path, now);
	free(old_user);
	free(old_group);
	free(now);
	free(was);
}

static int change(const char *path, const struct ancestor *parent)
{
	struct stat status;
	bool follows = flag.recursive && (flag.links == 'L' || (flag.links == 'H' && !parent));
	if (follows ? stat(path, &status) : lstat(path, &status)) {
		if (!flag.silent)
			warn("cannot access '%s'", path);
		return 1;
	}
	int failed = 0;
	if (flag.link || (flag.recursive && S_ISLNK(status.st_mode)) ? lchown(path, owner, group) : chown(path, owner, group)) {
		if (!flag.silent)
			warn("changing %s of '%s'", groups_only ? "group" : "ownership", path);
		failed = 1;
	} else {
		report(path, &status);
	}
	if (flag.recursive && is_among(parent, &status)) {
		warnx("%s: circular directory structure", path);
		return 1;
	}
	if (!flag.recursive || !S_ISDIR(status.st_mode))
		return failed;
	char **names = folder_names(path);
	if (!names) {
		warn("cannot read directory '%s'", path);
		return 1;
	}
	struct ancestor here = {parent, status.st_dev, status.st_ino};
	for (char **name = names; *name; name++) {
		char *inner = path_join(path, *name);
		failed |= change(inner, &here);
		free(inner);
	}
	free_names(names);
	return failed;
}

static void take_owner(const char *text)
{
	if (!groups_only)
		parse_owner(text, &owner, &group);
	else if (group_number(text, &group))
		errx(1, "invalid group: '%s'", text);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"silent", no_argument, NULL, 'f'}, {"quiet", no_argument, NULL, 'f'},
		{"changes", no_argument, NULL, 'c'}, {"no-dereference", no_argument, NULL, 'h'}, {"recursive", no_argument, NULL, 'R'},
		{"verbose", no_argument, NULL, 'v'}, {"reference", required_argument, NULL, 'r'}, {0}};
	struct stat reference;
	bool known = false;
	groups_only = !strcmp(program_name(), "chgrp");
	for (int option; (option = next_long_option(argc, argv, "cfhHLPRv", longs)) != -1;) {
		switch (option) {
		case 'c': flag.changes = true; break;
		case 'f': flag.silent = true; break;
		case 'h': flag.link = true; break;
		case 'H': case 'L': case 'P': flag.links = (char)option; break;
		case 'R': flag.recursive = true; break;
		case 'v': flag.verbose = true; break;
		case 'r':
			if (stat(optarg, &reference))
				err(1, "failed to get attributes of '%s'", optarg);
			owner = groups_only ? owner : reference.st_uid;
			group = reference.st_gid;
			known = true;
		}
	}
	if (!argv[optind])
		usage_error("missing operand");
	if (!known) {
		if (!argv[optind + 1])
			usage_error("missing operand after '%s'", argv[optind]);
		take_owner(argv[optind++]);
	}
	int status = 0;
	for (char **path = argv + optind; *path; path++)
		status |= change(*path, NULL);
	return status;
}
