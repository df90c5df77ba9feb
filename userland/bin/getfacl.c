/*
 * getfacl: show access-control lists
 * https://man7.org/linux/man-pages/man1/getfacl.1.html
 *
 * Usage: getfacl [-acdeEnps] FILE...
 *   -a  only what is for the file itself
 *   -c  no comments in front
 *   -d  only what a folder gives new files
 *   -e, -E  tell what the mask leaves of all entries, of none
 *   -n  numbers of users and groups
 *   -p  keep the / in front of names
 *   -s  only files with more than a mode says
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acl.h"
#include "tools.h"

static struct {
	bool access, by_default, no_comments, all_effective, no_effective, numeric, absolute, skip;
} flag;

static bool told_of_slash;

static const char *principal(bool is_group, uint32_t id)
{
	static char number[12];
	const struct passwd *user = is_group || flag.numeric ? NULL : getpwuid(id);
	const struct group *group = is_group && !flag.numeric ? getgrgid(id) : NULL;
	snprintf(number, sizeof number, "%u", id);
	return user ? user->pw_name : group ? group->gr_name : number;
}

static const char *letters(unsigned permissions, char text[4])
{
	snprintf(text, 4, "%c%c%c", permissions & 4 ? 'r' : '-', permissions & 2 ? 'w' : '-', permissions & 1 ? 'x' : '-');
	return text;
}

static void show_entry(const struct acl_entry *entry, const struct acl_entry *mask, const char *prefix)
{
	char text[4], left[4];
	bool is_group = entry->tag == ACL_GROUP || entry->tag == ACL_GROUP_OBJ, is_named = entry->tag == ACL_USER || entry->tag == ACL_GROUP;
	const char *kind = entry->tag == ACL_MASK ? "mask" : entry->tag == ACL_OTHER ? "other" : is_group ? "group" : "user";
	printf("%s%s:%s:%s", prefix, kind, is_named ? principal(is_group, entry->id) : "", letters(entry->permissions, text));
	bool is_masked = is_named || entry->tag == ACL_GROUP_OBJ;
	unsigned effective = mask ? entry->permissions & mask->permissions : entry->permissions;
	if (is_masked && mask && !flag.no_effective && (flag.all_effective || effective != entry->permissions))
		printf("\t#effective:%s", letters(effective, left));
	putchar('\n');
}

static void show_list(struct acl *acl, const char *prefix)
{
	const struct acl_entry *mask = acl_find(acl, ACL_MASK, 0);
	for (int i = 0; i < acl->count; i++)
		show_entry(&acl->entries[i], mask, prefix);
}

static void show_header(const char *path, const struct stat *status)
{
	if (*path == '/' && !flag.absolute) {
		if (!told_of_slash)
			warnx("Removing leading '/' from absolute path names");
		told_of_slash = true;
		path += strspn(path, "/");
	}
	printf("# file: %s\n# owner: %s\n", *path ? path : ".", principal(false, status->st_uid));
	printf("# group: %s\n", principal(true, status->st_gid));
	if (status->st_mode & (S_ISUID | S_ISGID | S_ISVTX))
		printf("# flags: %c%c%c\n", status->st_mode & S_ISUID ? 's' : '-', status->st_mode & S_ISGID ? 's' : '-', status->st_mode & S_ISVTX ? 't' : '-');
}

static int show(const char *path)
{
	static struct acl access, inherited;
	struct stat status;
	memset(&inherited, 0, sizeof inherited);
	if (stat(path, &status) || !acl_read(path, &status, false, &access) || (S_ISDIR(status.st_mode) && !acl_read(path, &status, true, &inherited))) {
		warn("%s", path);
		return 1;
	}
	if (flag.skip && !acl_is_extended(&access) && inherited.count == 0)
		return 0;
	if (!flag.no_comments)
		show_header(path, &status);
	bool both = flag.access == flag.by_default;
	if (both || flag.access)
		show_list(&access, "");
	if (both || flag.by_default)
		show_list(&inherited, both ? "default:" : "");
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;
	for (int option; (option = next_option(argc, argv, "acdeEnps")) != -1;) {
		flag.access |= option == 'a';
		flag.no_comments |= option == 'c';
		flag.by_default |= option == 'd';
		flag.all_effective |= option == 'e';
		flag.no_effective |= option == 'E';
		flag.numeric |= option == 'n';
		flag.absolute |= option == 'p';
		flag.skip |= option == 's';
	}
	if (optind == argc)
		usage_error("no file");
	for (; optind < argc; optind++)
		failed |= show(argv[optind]);
	return failed;
}
