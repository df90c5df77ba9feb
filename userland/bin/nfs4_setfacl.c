/*
 * nfs4_setfacl: access-control lists of NFSv4
 * https://www.rfc-editor.org/rfc/rfc7530#section-6
 *
 * Aliases: nfs4_getfacl
 *
 * Usage: nfs4_setfacl -s LIST FILE...
 *        nfs4_setfacl -a LIST FILE...
 *        nfs4_setfacl -x FILE...
 *        nfs4_getfacl FILE...
 *   -a LIST  these entries in front of those that are there
 *   -s LIST  these entries and no others
 *   -x       nothing but what the mode says
 * LIST: TYPE:FLAGS:WHO:PERMISSIONS, with commas. TYPE: A allow, D deny; FLAGS: g a group, f d files and folders below
 * inherit it, n no further; WHO: USER@DOMAIN, GROUP@DOMAIN, OWNER@, GROUP@, EVERYONE@; PERMISSIONS: rwaxdDtTnNcCoy, R W X.
 * Who is named by no entry may nothing. The kernel enforces the POSIX list that the entries amount to: of each of those
 * named, what the first entries that speak of it and of EVERYONE@ say; so a user who is named gets nothing from groups.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "acl.h"
#include "tools.h"

enum { MAX_ENTRIES = 128, MAX_TEXT = 4096 };
/* Where the entries themselves are kept, followed by a NUL and the POSIX list that they amount to. */
static const char *const attribute = "user.nfs4_acl", *const posix = "system.posix_acl_access";

struct ace {
	bool denies, inherits, only_below;
	uint16_t tag; /* of the POSIX entry; ACL_OTHER: everyone */
	uint32_t id;
	unsigned permissions;
	const char *text;
};

static struct ace aces[MAX_ENTRIES];
static int ace_count;

static bool parse_who(char *who, bool is_group, struct ace *ace)
{
	char *at = strrchr(who, '@'), *end;
	static const char *const special[] = {"OWNER@", "GROUP@", "EVERYONE@"};
	static const uint16_t tags[] = {ACL_USER_OBJ, ACL_GROUP_OBJ, ACL_OTHER};
	for (int i = 0; i < 3; i++)
		if (strcmp(who, special[i]) == 0) {
			ace->tag = tags[i];
			return true;
		}
	if (at)
		*at = 0;
	const struct passwd *user = is_group ? NULL : getpwnam(who);
	const struct group *group = is_group ? getgrnam(who) : NULL;
	unsigned long number = strtoul(who, &end, 10);
	if (!user && !group && (*end || end == who))
		return false;
	ace->tag = is_group ? ACL_GROUP : ACL_USER;
	ace->id = user ? user->pw_uid : group ? group->gr_gid : (uint32_t)number;
	return true;
}

static bool parse_permissions(const char *text, unsigned *permissions)
{
	*permissions = 0;
	for (; *text; text++) {
		if (!strchr("rwaxdDtTnNcCoyRWX", *text))
			return false;
		*permissions |= strchr("rR", *text) ? 4u : strchr("wW", *text) ? 2u : strchr("xX", *text) ? 1u : 0u;
	}
	return true;
}

static void parse_ace(const char *text)
{
	char *copy = duplicate(text), *rest = copy;
	char *type = strsep(&rest, ":"), *flags = strsep(&rest, ":"), *who = strsep(&rest, ":");
	if (ace_count == MAX_ENTRIES)
		errx(1, "more than %d entries", MAX_ENTRIES);
	struct ace *ace = &aces[ace_count++];
	*ace = (struct ace){.text = duplicate(text)};
	bool ok = rest && (!strcmp(type, "A") || !strcmp(type, "D")) && flags[strspn(flags, "gfdnipSF")] == 0;
	ok = ok && parse_who(who, strchr(flags, 'g'), ace) && parse_permissions(rest, &ace->permissions);
	if (!ok)
		errx(1, "invalid entry '%s'", text);
	ace->denies = *type == 'D';
	ace->inherits = strpbrk(flags, "fd");
	ace->only_below = strchr(flags, 'i');
	free(copy);
}

static void parse_list(const char *list)
{
	char *copy = duplicate(list), *rest = copy;
	for (char *entry; (entry = strsep(&rest, ",\n"));)
		if (*entry)
			parse_ace(entry);
	free(copy);
}

/* What the entries leave one principal: the first that speaks of a right decides. */
static unsigned allowed(uint16_t tag, uint32_t id, bool below)
{
	unsigned granted = 0, decided = 0;
	for (int i = 0; i < ace_count; i++) {
		const struct ace *ace = &aces[i];
		bool is_own = ace->tag == tag && ((tag != ACL_USER && tag != ACL_GROUP) || ace->id == id);
		if ((!is_own && ace->tag != ACL_OTHER) || (below ? !ace->inherits : ace->only_below))
			continue;
		if (!ace->denies)
			granted |= ace->permissions & ~decided;
		decided |= ace->permissions;
	}
	return granted;
}

static bool amounts_to(struct acl *acl, bool below)
{
	static const uint16_t base[] = {ACL_USER_OBJ, ACL_GROUP_OBJ, ACL_OTHER};
	bool any = false;
	acl->count = 0;
	for (int i = 0; i < 3; i++)
		acl_set(acl, base[i], 0, allowed(base[i], 0, below));
	for (int i = 0; i < ace_count; i++) {
		const struct ace *ace = &aces[i];
		any |= below ? ace->inherits : true;
		if ((ace->tag == ACL_USER || ace->tag == ACL_GROUP) && (below ? ace->inherits : !ace->only_below))
			acl_set(acl, ace->tag, ace->id, allowed(ace->tag, ace->id, below));
	}
	if (acl_is_extended(acl))
		acl_set(acl, ACL_MASK, 0, acl_mask_of(acl));
	return any;
}

/* The POSIX list as it is stored; 0: the mode is all. */
static size_t stored_list(const char *path, unsigned char *bytes)
{
	ssize_t length = getxattr(path, posix, bytes, MAX_TEXT);
	return length < 0 ? 0 : (size_t)length;
}

/* The entries that were set, if the list that they amounted to is still there; else those of the mode. */
static char *entries_of(const char *path, const struct stat *status)
{
	static unsigned char bytes[2 * MAX_TEXT], now[MAX_TEXT];
	ssize_t length = getxattr(path, attribute, bytes, sizeof bytes - 1);
	size_t current = stored_list(path, now);
	if (length > 0) {
		bytes[length] = 0;
		size_t text = strlen((char *)bytes) + 1;
		if ((size_t)length >= text && (size_t)length - text == current && memcmp(bytes + text, now, current) == 0)
			return duplicate((char *)bytes);
	}
	struct text made = {0};
	static const char *const who[] = {"OWNER@", "GROUP@", "EVERYONE@"};
	for (int i = 0; i < 3; i++) {
		unsigned bits = status->st_mode >> (6 - 3 * i) & 7;
		text_format(&made, "A:%s:%s:%s%s%s\n", i == 1 ? "g" : "", who[i], bits & 4 ? "r" : "", bits & 2 ? "wa" : "", bits & 1 ? "x" : "");
	}
	return text_take(&made);
}

static int show(const char *path)
{
	struct stat status;
	if (stat(path, &status)) {
		warn("%s", path);
		return 1;
	}
	char *entries = entries_of(path, &status);
	fputs(entries, stdout);
	free(entries);
	return 0;
}

static int store(const char *path, const struct stat *status)
{
	static struct acl acl;
	static unsigned char value[2 * MAX_TEXT];
	size_t length = 0;
	amounts_to(&acl, false);
	bool ok = acl_write(path, false, &acl);
	if (ok && S_ISDIR(status->st_mode) && amounts_to(&acl, true))
		ok = acl_write(path, true, &acl);
	for (int i = 0; i < ace_count && ok; i++) {
		if (length + strlen(aces[i].text) + 2 > MAX_TEXT)
			errx(1, "the list is too long");
		length += (size_t)sprintf((char *)value + length, "%s\n", aces[i].text);
	}
	value[length++] = 0;
	length += stored_list(path, value + length);
	if (!ok || setxattr(path, attribute, value, length, 0)) {
		warn("%s", path);
		return 1;
	}
	return 0;
}

static int change(const char *path, char how, const char *list)
{
	struct stat status;
	if (stat(path, &status)) {
		warn("%s", path);
		return 1;
	}
	ace_count = 0;
	if (how == 'x') {
		removexattr(path, attribute);
		removexattr(path, posix);
		return 0;
	}
	parse_list(list);
	if (how == 'a') {
		char *there = entries_of(path, &status);
		parse_list(there);
		free(there);
	}
	return store(path, &status);
}

int main(int argc, char **argv)
{
	const char *list = NULL;
	char how = 0;
	int failed = 0;
	bool shows = strcmp(program_name(), "nfs4_getfacl") == 0;
	for (int option; (option = next_option(argc, argv, "a:s:x")) != -1;) {
		how = (char)option;
		list = option == 'x' ? NULL : optarg;
	}
	if (optind == argc || (!shows && !how))
		usage_error("what, and which file");
	for (; optind < argc; optind++)
		failed |= shows ? show(argv[optind]) : change(argv[optind], how, list);
	return failed;
}
