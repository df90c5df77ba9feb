/*
 * setfacl: change access-control lists
 * https://man7.org/linux/man-pages/man1/setfacl.1.html
 *
 * Usage: setfacl [-bdknR] [-m LIST] [-x LIST] [--set LIST] FILE...
 *   -b           nothing but what a mode says
 *   -d           LIST is what a folder gives new files
 *   -k           take that away
 *   -m LIST      set entries
 *   -n           leave the mask alone
 *   -R           files and folders in it, too
 *   --set LIST   these entries and no others
 *   -x LIST      take entries away
 * LIST: [d:]u:[USER]:PERMISSIONS, [d:]g:[GROUP]:..., [d:]m::..., [d:]o::..., with commas; PERMISSIONS: rwxX- or a digit
 */
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "tools.h"

enum { MAX_CHANGES = 128, EXECUTE_IF = 8 };

static struct change {
	char how; /* 'm', 'x' */
	bool is_default;
	uint16_t tag, permissions;
	uint32_t id;
} changes[MAX_CHANGES];
static int change_count;
static bool clears, clears_default, by_default, keeps_mask, recursive, replaces;
static int failed;
static const char *bad_field; /* which a list was wrong at */

static bool parse_id(const char *name, bool is_group, uint32_t *id)
{
	char *end;
	const struct passwd *user = is_group ? NULL : getpwnam(name);
	const struct group *group = is_group ? getgrnam(name) : NULL;
	unsigned long number = strtoul(name, &end, 10);
	if (!user && !group && (*end || end == name || number >= UINT32_MAX))
		return false;
	*id = user ? user->pw_uid : group ? group->gr_gid : (uint32_t)number;
	return true;
}

static bool parse_permissions(const char *text, uint16_t *permissions)
{
	*permissions = 0;
	if (*text >= '0' && *text <= '7' && !text[1]) {
		*permissions = (uint16_t)(*text - '0');
		return true;
	}
	for (; *text; text++) {
		const char *letter = strchr("xwrX", *text);
		if (!letter && *text != '-')
			return false;
		if (letter)
			*permissions |= (uint16_t)(*text == 'X' ? EXECUTE_IF : 1 << (letter - "xwrX"));
	}
	return true;
}

static bool is_word(const char *text, const char *word)
{
	return *text && strncmp(word, text, strlen(text)) == 0;
}

/* One entry of a list. */
static bool parse_entry(char *text, char how, struct change *change)
{
	char *fields[4] = {NULL};
	int count = 0, at = 0;
	for (char *field; count < 4 && (field = strsep(&text, ":"));)
		fields[count++] = field;
	*change = (struct change){.how = how, .is_default = by_default};
	if (text)
		return false;
	if (is_word(fields[0], "default") && count > 1) {
		change->is_default = true;
		at = 1;
	}
	bad_field = fields[at];
	const char *kind = fields[at], *name = at + 1 < count ? fields[at + 1] : "", *permissions = at + 2 < count ? fields[at + 2] : NULL;
	bool is_group = is_word(kind, "group"), is_user = is_word(kind, "user");
	if (is_user || is_group)
		change->tag = *name ? (is_group ? ACL_GROUP : ACL_USER) : (is_group ? ACL_GROUP_OBJ : ACL_USER_OBJ);
	else {
		change->tag = is_word(kind, "mask") ? ACL_MASK : ACL_OTHER;
		if (!is_word(kind, "mask") && !is_word(kind, "other"))
			return false;
		if (!permissions && *name)
			permissions = name;
		else if (*name)
			return false;
	}
	bad_field = *name ? name : kind;
	if ((is_user || is_group) && *name && !parse_id(name, is_group, &change->id))
		return false;
	bad_field = permissions ? permissions : name;
	return how == 'x' ? !permissions || !*permissions : permissions && *permissions && parse_permissions(permissions, &change->permissions);
}

static void parse_list(const char *list, char how)
{
	char *copy = duplicate(list), *rest = copy;
	for (char *entry; (entry = strsep(&rest, ","));)
		if (change_count == MAX_CHANGES || !parse_entry(entry, how, &changes[change_count++]))
			errx(2, "Option -%c: Invalid argument near character %td", how, (bad_field ? bad_field : entry) - copy + 1);
	free(copy);
}

static void add_missing(struct acl *acl, struct acl *access)
{
	static const uint16_t base[] = {ACL_USER_OBJ, ACL_GROUP_OBJ, ACL_OTHER};
	for (int i = 0; i < 3; i++)
		if (!acl_find(acl, base[i], 0))
			acl_set(acl, base[i], 0, acl_find(access, base[i], 0)->permissions);
}

static void keep_base(struct acl *acl)
{
	int kept = 0;
	for (int i = 0; i < acl->count; i++)
		if (acl->entries[i].tag & (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER))
			acl->entries[kept++] = acl->entries[i];
	acl->count = kept;
}

static unsigned permissions_of(const struct change *change, const struct stat *status, const struct acl *acl)
{
	bool executes = S_ISDIR(status->st_mode);
	for (int i = 0; i < acl->count; i++)
		executes |= acl->entries[i].tag != ACL_MASK && acl->entries[i].permissions & 1;
	return (change->permissions & 7) | (change->permissions & EXECUTE_IF && executes ? 1 : 0);
}

/* Makes the changes to one of a file's lists. */
static void apply(struct acl *acl, struct acl *access, bool is_default, const struct stat *status)
{
	bool named_mask = false, changed = false;
	if (replaces)
		for (int i = 0; i < change_count; i++)
			if (changes[i].is_default == is_default && acl->count && !changed) {
				acl->count = 0;
				changed = true;
			}
	for (int i = 0; i < change_count; i++) {
		const struct change *change = &changes[i];
		if (change->is_default != is_default)
			continue;
		changed = true;
		named_mask |= change->tag == ACL_MASK;
		if (change->how == 'x')
			acl_remove(acl, change->tag, change->id);
		else if (!acl_set(acl, change->tag, change->id, permissions_of(change, status, acl)))
			errno = ENOSPC;
	}
	if (!changed || acl->count == 0)
		return;
	if (is_default)
		add_missing(acl, access);
	const struct acl_entry *group = acl_find(acl, ACL_GROUP_OBJ, 0);
	bool needs_mask = acl_is_extended(acl);
	if (needs_mask && !named_mask && !keeps_mask)
		acl_set(acl, ACL_MASK, 0, acl_mask_of(acl));
	else if (needs_mask && !acl_find(acl, ACL_MASK, 0) && group)
		acl_set(acl, ACL_MASK, 0, group->permissions);
}

static int change_file(const char *path, const struct stat *status, int type, struct FTW *place)
{
	static struct acl access, inherited;
	(void)place;
	if (type == FTW_SL || S_ISLNK(status->st_mode))
		return 0;
	bool is_folder = S_ISDIR(status->st_mode), wants_default = clears_default || clears;
	inherited.count = 0;
	for (int i = 0; i < change_count; i++)
		wants_default |= changes[i].is_default;
	bool ok = acl_read(path, status, false, &access) && (!is_folder || acl_read(path, status, true, &inherited));
	if (ok && clears)
		keep_base(&access);
	if (ok && (clears || clears_default))
		inherited.count = 0;
	if (ok) {
		apply(&access, &access, false, status);
		if (is_folder)
			apply(&inherited, &access, true, status);
		ok = acl_write(path, false, &access) && (!is_folder || !wants_default || acl_write(path, true, &inherited));
	}
	if (!ok) {
		warn("%s", path);
		failed = 1;
	} else if (!is_folder && wants_default && !clears && !clears_default && !recursive) {
		warnx("%s: Only directories can have default ACLs", path);
		failed = 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"set", required_argument, NULL, 's'}, {"modify", required_argument, NULL, 'm'}, {"remove", required_argument, NULL, 'x'}, {"remove-all", no_argument, NULL, 'b'}, {"remove-default", no_argument, NULL, 'k'}, {"default", no_argument, NULL, 'd'}, {"recursive", no_argument, NULL, 'R'}, {0}};
	usage_status = 2;
	for (int option; (option = next_long_option(argc, argv, "bdkm:nRx:", longs)) != -1;) {
		clears |= option == 'b';
		by_default |= option == 'd';
		clears_default |= option == 'k';
		keeps_mask |= option == 'n';
		recursive |= option == 'R';
		replaces |= option == 's';
		if (option == 'm' || option == 's')
			parse_list(optarg, 'm');
		if (option == 'x')
			parse_list(optarg, 'x');
	}
	if (optind == argc)
		usage_error("no file");
	for (; optind < argc; optind++) {
		struct stat status;
		if (recursive ? nftw(argv[optind], change_file, 32, FTW_PHYS) : stat(argv[optind], &status)) {
			warn("%s", argv[optind]);
			failed = 1;
		} else if (!recursive)
			change_file(argv[optind], &status, FTW_F, NULL);
	}
	return failed;
}
