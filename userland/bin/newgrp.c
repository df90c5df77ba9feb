/*
 * newgrp, sg: a shell with another group
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/newgrp.html
 *
 * Aliases: sg
 * Set-user-ID: root
 *
 * Usage: newgrp [-l] [GROUP]
 *        sg GROUP [-c] COMMAND
 *   -l, -      as a login: new environment, home folder
 *   -c COMMAND   (sg) what the shell runs
 * Without GROUP: the user's own. Who is no member of the group is asked for its password, if it has one.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "files.h"
#include "tools.h"

enum { MOST_GROUPS = 65536 };

/* Name, number and password: libc's own record is written over by the next question. */
static struct group find_group(const char *name)
{
	struct group *group = getgrnam(name);
	if (!group && *name && name[strspn(name, "0123456789")] == 0)
		group = getgrgid((gid_t)strtoul(name, NULL, 10));
	if (!group)
		errx(1, "group '%s' does not exist", name);
	return (struct group){.gr_name = duplicate(group->gr_name), .gr_gid = group->gr_gid, .gr_passwd = duplicate(group->gr_passwd ? group->gr_passwd : "")};
}

static bool may_join(const struct passwd *user, const struct group *group)
{
	if (!getuid() || user->pw_gid == group->gr_gid || is_member(user, group->gr_name))
		return true;
	const char *hash = group->gr_passwd;
	if (!*hash || !strcmp(hash, "x") || *hash == '*' || *hash == '!')
		return false;
	char *password = read_password("Password: ", false);
	return password && is_password(password, hash);
}

/* The old group stays among the supplementary ones, and the new one joins them: XCU, newgrp. */
static void enter(const struct group *group)
{
	int count = getgroups(0, NULL);
	if (count < 0)
		err(1, "getgroups");
	gid_t *groups = allocate(((size_t)count + 2) * sizeof *groups);
	count = getgroups(count, groups);
	gid_t added[] = {getgid(), group->gr_gid};
	for (int which = 0; which < 2; which++) {
		int at = 0;
		while (at < count && groups[at] != added[which])
			at++;
		if (at == count && count < MOST_GROUPS)
			groups[count++] = added[which];
	}
	if (setgroups((size_t)count, groups) < 0 || setgid(group->gr_gid) < 0 || setuid(getuid()) < 0)
		err(1, "%s", group->gr_name);
	free(groups);
}

int main(int argc, char **argv)
{
	bool is_login = false, is_sg = !strcmp(program_name(), "sg");
	const char *command = NULL, *name = NULL;
	struct passwd *user = account_with(getuid());
	if (!user)
		errx(1, "you do not exist");
	for (int option; (option = next_option(argc, argv, is_sg ? "+lc:" : "+l")) != -1;) {
		is_login |= option == 'l';
		if (option == 'c')
			command = optarg;
	}
	char **operand = argv + optind;
	if (*operand && !strcmp(*operand, "-")) {
		is_login = true;
		operand++;
	}
	if (*operand)
		name = *operand++;
	if (is_sg && *operand && !strcmp(*operand, "-c"))
		operand++;
	if (is_sg && *operand)
		command = *operand++;
	if (*operand || (is_sg && (!name || !command)))
		usage_error("wrong number of arguments");
	char *own = format_text("%u", (unsigned)user->pw_gid);
	const struct group found = find_group(name ? name : own), *group = &found;
	if (geteuid())
		errx(1, "must be set-user-ID root");
	if (may_join(user, group))
		enter(group);
	else {
		/* XCU: the shell is there all the same, with the groups that it had. */
		warnx("Permission denied");
		if (is_sg)
			return 1;
		if (setuid(getuid()) < 0)
			err(1, "%s", user->pw_name);
	}
	const char *shell = shell_of(user);
	if (is_login) {
		set_user_environment(user, shell, true);
		if (chdir(user->pw_dir) < 0)
			warn("%s", user->pw_dir);
	}
	char *self = format_text("%s%s", is_login ? "-" : "", path_name(shell));
	char *words[] = {self, command ? "-c" : NULL, (char *)command, NULL};
	execv(shell, words);
	warn("%s", shell);
	return errno == ENOENT ? 127 : 126;
}
