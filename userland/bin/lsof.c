/*
 * lsof: open files of processes
 * https://man7.org/linux/man-pages/man8/lsof.8.html
 *
 * Usage: lsof [-at] [-p PID,...] [-u USER] [-c NAME] [FILE]...
 * Shows what fits one of the choices, with -a what fits all of them.
 *   -c NAME      only programs whose name begins so
 *   -p PID,...   only these processes
 *   -t           only process numbers
 *   -u USER      only of this user
 *   -a           all choices together
 *   -n, -P       numbers instead of names of hosts and ports: they are never looked up
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "process.h"
#include "tools.h"

static const char *pids, *user, *name_start;
static char **files;
static bool only_numbers, any, needs_all;

static bool is_listed(pid_t pid)
{
	char number[16];
	snprintf(number, sizeof number, "%d", (int)pid);
	for (const char *at = pids; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strcspn(at, ",") == strlen(number) && !strncmp(at, number, strlen(number)))
			return true;
	return false;
}

/* By -c, -p and -u; without any of these and without files all are. */
static bool is_chosen(const struct process *process)
{
	bool has_user = user && !strcmp(user_name(process->effective_user), user);
	bool has_name = name_start && !strncmp(process->name, name_start, strlen(name_start));
	bool has_number = pids && is_listed(process->pid);
	if (needs_all)
		return (!user || has_user) && (!name_start || has_name) && (!pids || has_number);
	return has_user || has_name || has_number || (!user && !name_start && !pids && !*files);
}

/* Whether the file is to be shown; `chosen`: its process is. */
static bool is_wanted(const struct stat *status, bool chosen)
{
	struct stat wanted;
	if (chosen && (!needs_all || !*files))
		return true;
	if (!chosen && needs_all)
		return false;
	for (char **file = files; *file; file++)
		if (!stat(*file, &wanted) && wanted.st_dev == status->st_dev && wanted.st_ino == status->st_ino)
			return true;
	return false;
}

static const char *type_of(mode_t mode)
{
	return S_ISREG(mode) ? "REG" : S_ISDIR(mode) ? "DIR" : S_ISCHR(mode) ? "CHR" : S_ISBLK(mode) ? "BLK" : S_ISFIFO(mode) ? "FIFO" : S_ISSOCK(mode) ? "sock" : "a_inode";
}

/* O_ACCMODE from the `flags:` line of fdinfo: r, w or u. */
static char access_of(pid_t pid, const char *descriptor)
{
	char *name = format_text("fdinfo/%s", descriptor), *text = proc_file(pid, name, NULL);
	unsigned flags = 0;
	const char *line = text ? strstr(text, "flags:") : NULL;
	if (line)
		flags = (unsigned)strtoul(line + 6, NULL, 8);
	bool known = line != NULL;
	free(name);
	free(text);
	return !known ? ' ' : (flags & 3) == 0 ? 'r' : (flags & 3) == 1 ? 'w' : 'u';
}

/* One line; false if the file is not wanted or cannot be seen. */
static bool put(const struct process *process, const char *link, const char *label, bool chosen)
{
	char target[4096], device[32], size[24];
	struct stat status;
	char *path = format_text("/proc/%d/%s", (int)process->pid, link);
	ssize_t length = readlink(path, target, sizeof target - 1);
	bool seen = length >= 0 && !stat(path, &status);
	free(path);
	if (!seen || !is_wanted(&status, chosen))
		return false;
	target[length] = 0;
	if (only_numbers)
		return true;
	bool special = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
	dev_t number = special ? status.st_rdev : status.st_dev;
	snprintf(device, sizeof device, "%u,%u", major(number), minor(number));
	snprintf(size, sizeof size, special || S_ISFIFO(status.st_mode) ? "0t0" : "%lld", (long long)status.st_size);
	if (!any)
		printf("%-9.9s %7s %8s %4s  %7s %9s %9s %9s %s\n", "COMMAND", "PID", "USER", "FD", "TYPE", "DEVICE", "SIZE/OFF", "NODE", "NAME");
	any = true;
	printf("%-9.9s %7d %8s %4s  %7s %9s %9s %9llu %s\n", process->name, (int)process->pid, user_name(process->effective_user), label, type_of(status.st_mode),
		device, size, (unsigned long long)status.st_ino, target);
	return true;
}

static void put_process(const struct process *process, bool chosen)
{
	static const char *const links[][2] = {{"cwd", "cwd "}, {"root", "rtd "}, {"exe", "txt "}};
	char *folder = format_text("/proc/%d/fd", (int)process->pid), **names = folder_names(folder);
	bool found = false;
	for (size_t i = 0; i < 3; i++)
		found |= put(process, links[i][0], links[i][1], chosen);
	for (char **name = names; name && *name; name++) {
		char *link = format_text("fd/%s", *name), *label = format_text("%s%c", *name, access_of(process->pid, *name));
		found |= put(process, link, label, chosen);
		free(link);
		free(label);
	}
	if (names)
		free_names(names);
	free(folder);
	if (found && only_numbers) {
		printf("%d\n", (int)process->pid);
		any = true;
	}
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "ac:np:Ptu:")) != -1;) {
		switch (option) {
		case 'a': needs_all = true; break;
		case 'c': name_start = optarg; break;
		case 'p': pids = optarg; break;
		case 't': only_numbers = true; break;
		case 'u': user = optarg; break;
		default: break;
		}
	}
	files = argv + optind;
	struct process_list list = process_list(false);
	for (size_t i = 0; i < list.count; i++) {
		bool chosen = is_chosen(&list.items[i]);
		if (chosen || *files)
			put_process(&list.items[i], chosen);
	}
	return !any;
}
