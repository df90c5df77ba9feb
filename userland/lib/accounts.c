/* Accounts as passwd(5) and group(5) have them. */
#include "accounts.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

enum { NAME_LIMIT = 32 };
static const char LOGIN_PATH[] = "/usr/local/bin:/usr/bin:/bin", ROOT_PATH[] = "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin";

static struct passwd *copy_of(const struct passwd *found)
{
	if (!found)
		return NULL;
	struct passwd *user = allocate(sizeof *user);
	*user = *found;
	user->pw_name = duplicate(found->pw_name);
	user->pw_passwd = duplicate(found->pw_passwd);
	user->pw_gecos = duplicate(found->pw_gecos);
	user->pw_dir = duplicate(found->pw_dir);
	user->pw_shell = duplicate(found->pw_shell);
	return user;
}

struct passwd *account_named(const char *name)
{
	return copy_of(getpwnam(name));
}

struct passwd *account_with(uid_t uid)
{
	return copy_of(getpwuid(uid));
}

bool group_id(const char *name, gid_t *gid)
{
	const struct group *group = getgrnam(name);
	char *end;
	*gid = group ? group->gr_gid : (gid_t)strtoul(name, &end, 10);
	return group || (isdigit((unsigned char)*name) && !*end);
}

bool is_member(const struct passwd *user, const char *name)
{
	const struct group *group = getgrnam(name);
	if (!group)
		return false;
	if (group->gr_gid == user->pw_gid)
		return true;
	for (char **member = group->gr_mem; *member; member++)
		if (!strcmp(*member, user->pw_name))
			return true;
	return false;
}

bool is_account_name(const char *name)
{
	size_t length = strlen(name), last = length - 1;
	if (!length || length > NAME_LIMIT || !(islower((unsigned char)*name) || *name == '_'))
		return false;
	for (size_t i = 1; i < length; i++)
		if (!(islower((unsigned char)name[i]) || isdigit((unsigned char)name[i]) || strchr("_-", name[i]) || (i == last && name[i] == '$')))
			return false;
	return true;
}

void become(const struct passwd *user, gid_t gid)
{
	if (initgroups(user->pw_name, gid) < 0 || setgid(gid) < 0 || setuid(user->pw_uid) < 0)
		err(1, "cannot become %s", user->pw_name);
	if (user->pw_uid && setuid(0) == 0)
		errx(1, "cannot give up root's rights");
}

const char *shell_of(const struct passwd *user)
{
	return *user->pw_shell ? user->pw_shell : "/bin/sh";
}

void set_user_environment(const struct passwd *user, const char *shell, bool is_login)
{
	if (is_login) {
		const char *terminal = getenv("TERM");
		char *kept = duplicate(terminal ? terminal : "dumb");
		clearenv();
		setenv("TERM", kept, 1);
		free(kept);
		setenv("PATH", user->pw_uid ? LOGIN_PATH : ROOT_PATH, 1);
		setenv("LANG", "C.UTF-8", 1);
	}
	setenv("HOME", user->pw_dir, 1);
	setenv("SHELL", shell, 1);
	setenv("USER", user->pw_name, 1);
	setenv("LOGNAME", user->pw_name, 1);
}
