/*
 * userdel: delete a user
 * https://man7.org/linux/man-pages/man8/userdel.8.html
 *
 * Usage: userdel [-fr] NAME
 *   -f   even one who runs programs
 *   -r   with the home folder
 */
#include <dirent.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "tools.h"

enum { NO_USER = 6, LOGGED_IN = 8 };

static void require_idle(const struct passwd *user)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		struct stat about;
		char path[64];
		snprintf(path, sizeof path, "/proc/%.32s", entry->d_name);
		if (atoi(entry->d_name) > 0 && stat(path, &about) == 0 && about.st_uid == user->pw_uid)
			errx(LOGGED_IN, "user %s is currently used by process %s", user->pw_name, entry->d_name);
	}
	if (folder)
		closedir(folder);
}

/* From the members of all groups; the user's own group goes if it is nobody else's. */
static void leave_groups(const char *name)
{
	struct text changes = {0};
	text_string(&changes, "");
	const struct group *group;
	setgrent();
	while ((group = getgrent())) {
		bool is_member = false, is_own = !strcmp(group->gr_name, name) && !*group->gr_mem;
		struct text line = {0};
		text_format(&line, "%s:%s:%u:", group->gr_name, group->gr_passwd, group->gr_gid);
		size_t start = line.length;
		for (char **member = group->gr_mem; *member; member++) {
			if (strcmp(*member, name))
				text_format(&line, "%s%s", line.length > start ? "," : "", *member);
			else
				is_member = true;
		}
		if (is_own)
			text_format(&changes, "%s\n\n", group->gr_name);
		else if (is_member)
			text_format(&changes, "%s\n%s\n", group->gr_name, line.data);
		text_free(&line);
	}
	endgrent();
	for (char *rest = changes.data, *group_name; (group_name = strsep(&rest, "\n")) && *group_name;) {
		char *line = strsep(&rest, "\n");
		if (!change_record(GROUP_FILE, group_name, *line ? line : NULL))
			err(10, "cannot update %s", GROUP_FILE);
	}
	text_free(&changes);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"force", no_argument, NULL, 'f'}, {"remove", no_argument, NULL, 'r'}, {0}};
	bool is_forced = false, removes_home = false;
	usage_status = 2;
	for (int option; (option = next_long_option(argc, argv, "fr", longs)) != -1;) {
		is_forced |= option == 'f';
		removes_home |= option == 'r';
	}
	const char *name = argv[optind];
	if (!name || argv[optind + 1])
		usage_error("one name is expected");
	const struct passwd *user = account_named(name);
	if (!user)
		errx(NO_USER, "user '%s' does not exist", name);
	if (!is_forced)
		require_idle(user);
	if (!change_record(PASSWD_FILE, name, NULL) || !change_record(SHADOW_FILE, name, NULL))
		err(1, "cannot update %s", PASSWD_FILE);
	leave_groups(name);
	struct stat about;
	if (removes_home && stat(user->pw_dir, &about) == 0 && about.st_uid == user->pw_uid && strcmp(user->pw_dir, "/")) {
		execlp("rm", "rm", "-rf", "--", user->pw_dir, (char *)NULL);
		err(12, "rm");
	}
	return 0;
}
