/*
 * namei: each step of a path
 * https://man7.org/linux/man-pages/man1/namei.1.html
 *
 * Usage: namei [-lmnovx] PATH...
 *   -l   with mode and owners, lined up (-m -o -v)
 *   -m   modes, -o owners
 *   -n   symbolic links are not followed
 *   -v   lined up
 *   -x   D for folders where something is mounted
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "mode.h"
#include "owner.h"
#include "tools.h"

enum { LINK_LIMIT = 40, ENTRY_LIMIT = 1024 };

struct step {
	char *name, *target; /* of a link */
	struct stat about;
	int error, level;
	bool is_mount;
};

static bool shows_modes, shows_owners, keeps_links, is_lined_up, shows_mounts;
static struct step steps[ENTRY_LIMIT];
static size_t step_count;
static int links;

static char type_letter(const struct step *step)
{
	if (step->is_mount && shows_mounts)
		return 'D';
	switch (step->about.st_mode & S_IFMT) {
	case S_IFDIR: return 'd';
	case S_IFLNK: return 'l';
	case S_IFBLK: return 'b';
	case S_IFCHR: return 'c';
	case S_IFIFO: return 'p';
	case S_IFSOCK: return 's';
	default: return '-';
	}
}

/* Adds the step `name` in `folder`; the path it stands for goes to `reached`. False if the walk ends. */
static bool walk(const char *folder, const char *path, int level, char reached[PATH_MAX]);

static bool add_step(const char *folder, const char *name, int level, char reached[PATH_MAX])
{
	if (step_count == ENTRY_LIMIT)
		errx(1, "the path has too many steps");
	struct step *step = &steps[step_count++];
	*step = (struct step){.name = duplicate(name), .level = level};
	bool is_root = !strcmp(name, "/"), has_slash = *folder && folder[strlen(folder) - 1] == '/';
	if (snprintf(reached, PATH_MAX, "%s%s%s", is_root ? "" : folder, is_root || !*folder || has_slash ? "" : "/", name) >= PATH_MAX) {
		step->error = ENAMETOOLONG;
		return false;
	}
	if (lstat(reached, &step->about) < 0) {
		step->error = errno;
		return false;
	}
	struct stat parent;
	step->is_mount = S_ISDIR(step->about.st_mode) && (is_root || (lstat(*folder ? folder : ".", &parent) == 0 && parent.st_dev != step->about.st_dev));
	if (!S_ISLNK(step->about.st_mode))
		return true;
	char target[PATH_MAX];
	ssize_t length = readlink(reached, target, sizeof target - 1);
	if (length < 0)
		return false;
	target[length] = 0;
	step->target = duplicate(target);
	if (keeps_links)
		return true;
	if (++links > LINK_LIMIT) {
		step->error = ELOOP;
		return false;
	}
	char base[PATH_MAX];
	snprintf(base, sizeof base, "%s", folder);
	return walk(base, step->target, level + 1, reached);
}

static bool walk(const char *folder, const char *path, int level, char reached[PATH_MAX])
{
	char at[PATH_MAX], next[PATH_MAX], *copy = duplicate(path), *rest = copy;
	snprintf(at, sizeof at, "%s", folder);
	bool goes_on = true;
	if (*path == '/') {
		goes_on = add_step("", "/", level, next);
		memcpy(at, next, sizeof at);
	}
	for (char *name; goes_on && (name = strsep(&rest, "/"));) {
		if (!*name)
			continue;
		goes_on = add_step(at, name, level, next);
		memcpy(at, next, sizeof at);
	}
	free(copy);
	memcpy(reached, at, PATH_MAX);
	return goes_on;
}

static void print_steps(const char *path)
{
	int user_width = 0, group_width = 0;
	for (size_t i = 0; i < step_count; i++) {
		int user = (int)strlen(user_name(steps[i].about.st_uid)), group = (int)strlen(group_name(steps[i].about.st_gid));
		user_width = !steps[i].error && user > user_width ? user : user_width;
		group_width = !steps[i].error && group > group_width ? group : group_width;
	}
	printf("f: %s\n", path);
	for (size_t i = 0; i < step_count; i++) {
		const struct step *step = &steps[i];
		char mode[11] = "          ";
		if (!step->error) {
			mode_string(step->about.st_mode, mode);
			mode[0] = type_letter(step);
		}
		if (!is_lined_up)
			printf(" %*s", step->level * 2, "");
		printf("%.*s", shows_modes ? 10 : 1, mode);
		if (shows_owners)
			printf(" %-*s %-*s", user_width, step->error ? "" : user_name(step->about.st_uid), group_width, step->error ? "" : group_name(step->about.st_gid));
		printf(" %*s%s", is_lined_up ? step->level * 2 : 0, "", step->name);
		if (step->error)
			printf(" - %s", strerror(step->error));
		else if (step->target)
			printf(" -> %s", step->target);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	int status = 0;
	for (int option; (option = next_option(argc, argv, "lmnovx")) != -1;) {
		shows_modes |= option == 'l' || option == 'm';
		shows_owners |= option == 'l' || option == 'o';
		is_lined_up |= option == 'l' || option == 'v';
		keeps_links |= option == 'n';
		shows_mounts |= option == 'x';
	}
	if (!argv[optind])
		usage_error("pathname argument is missing");
	for (char **operand = argv + optind; *operand; operand++) {
		char reached[PATH_MAX];
		step_count = 0;
		links = 0;
		status |= !walk("", *operand, 0, reached);
		print_steps(*operand);
	}
	return status;
}
