/*
 * fuser: processes that use a file
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/fuser.html
 *
 * Usage: fuser [-ckmsuv] [-SIGNAL] FILE...
 *   -c, -m      whatever is on the file's file system
 *   -f          only the file itself (as without -c)
 *   -k          send them a signal (KILL)
 *   -s          print nothing: the status tells
 *   -u          with the user
 *   -v          a line for each process
 *   -SIGNAL     in place of KILL, with -k
 * The numbers go to standard output, the rest to standard error. A letter says how the file is used: c current
 * directory, r root, e running program, f open, m mapped. Status 1: nobody uses any of the files.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "owner.h"
#include "process.h"
#include "tools.h"

static bool whole_system, kills, is_silent, shows_user, is_verbose;
static int kill_with = SIGKILL;

static bool is_same(const char *path, const struct stat *wanted)
{
	struct stat about;
	if (stat(path, &about) < 0)
		return false;
	return about.st_dev == wanted->st_dev && (whole_system || about.st_ino == wanted->st_ino);
}

/* The device and inode of a mapped file, as /proc/PID/maps has them. */
static bool maps_file(pid_t pid, const struct stat *wanted)
{
	size_t length;
	char *maps = proc_file(pid, "maps", &length);
	bool found = false;
	for (char *line = maps; line && *line && !found; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		unsigned major_number, minor_number;
		unsigned long inode;
		if (sscanf(line, "%*s %*s %*s %x:%x %lu", &major_number, &minor_number, &inode) != 3 || !inode)
			continue;
		found = makedev(major_number, minor_number) == wanted->st_dev && (whole_system || inode == wanted->st_ino);
	}
	free(maps);
	return found;
}

static bool has_open(pid_t pid, const struct stat *wanted)
{
	char path[600];
	bool found = false;
	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
		snprintf(path, sizeof path, "/proc/%d/fd/%s", (int)pid, entry->d_name);
		found = entry->d_name[0] != '.' && is_same(path, wanted);
	}
	if (folder)
		closedir(folder);
	return found;
}

/* How the process uses the file, as letters. */
static void find_uses(pid_t pid, const struct stat *wanted, char uses[6])
{
	static const struct {
		const char *name;
		char letter;
	} links[] = {{"cwd", 'c'}, {"root", 'r'}, {"exe", 'e'}};
	char path[64];
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, links[i].name);
		if (is_same(path, wanted))
			*uses++ = links[i].letter;
	}
	bool is_running = uses[-1] == 'e';
	if (has_open(pid, wanted))
		*uses++ = 'f';
	if (!is_running && maps_file(pid, wanted))
		*uses++ = 'm';
	*uses = 0;
}

static void report(const struct process *process, const char *uses)
{
	if (is_verbose) {
		fprintf(stderr, "%-10s %6d %-5s %s\n", user_name(process->effective_user), (int)process->pid, uses, process->name);
		return;
	}
	printf(" %5d", (int)process->pid);
	fflush(stdout);
	for (const char *use = uses; *use; use++)
		if (*use != 'f')
			putc(*use, stderr);
	if (shows_user)
		fprintf(stderr, "(%s)", user_name(process->effective_user));
}

/* True if somebody uses the file. */
static bool search(const char *file, const struct process_list *processes)
{
	struct stat wanted;
	bool any = false;
	if (stat(file, &wanted) < 0) {
		warn("%s", file);
		return false;
	}
	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = &processes->items[i];
		char buffer[8] = " ", *uses = buffer + 1;
		find_uses(process->pid, &wanted, uses);
		if (!*uses || process->pid == getpid())
			continue;
		if (!is_silent && !any && !is_verbose) {
			fflush(stdout);
			fprintf(stderr, "%s:", file);
		} else if (!is_silent && !any) {
			fprintf(stderr, "%s:\n%-10s %6s %-5s %s\n", file, "USER", "PID", "USE", "COMMAND");
		}
		any = true;
		if (!is_silent)
			report(process, uses);
		if (kills && kill(process->pid, kill_with) < 0)
			warn("%d", (int)process->pid);
	}
	fflush(stdout);
	if (any && !is_silent && !is_verbose)
		putc('\n', stderr);
	return any;
}

/* -TERM or -15 leaves the arguments; returns how many are left. */
static int take_signal(char **argv)
{
	int kept = 1;
	for (int i = 1; argv[i]; i++) {
		int number = argv[i][0] == '-' && argv[i][1] && argv[i][2] ? signal_number(argv[i] + 1) : -1;
		if (number > 0)
			kill_with = number;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

int main(int argc, char **argv)
{
	argc = take_signal(argv);
	for (int option; (option = next_option(argc, argv, "cfkmsuv")) != -1;) {
		switch (option) {
		case 'c': case 'm': whole_system = true; break;
		case 'f': whole_system = false; break;
		case 'k': kills = true; break;
		case 's': is_silent = true; break;
		case 'u': shows_user = true; break;
		default: is_verbose = true;
		}
	}
	if (!argv[optind])
		usage_error("no file is given");
	struct process_list processes = process_list(false);
	bool any = false;
	for (char **file = argv + optind; *file; file++)
		any |= search(*file, &processes);
	process_list_free(&processes);
	return !any;
}
