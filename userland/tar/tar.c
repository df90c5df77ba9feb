/*
 * tar: archives of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (format ustar)
 *
 * Usage: tar -c [OPTION]... [-f ARCHIVE] FILE...
 *        tar -x|-t|-d [OPTION]... [-f ARCHIVE] [MEMBER]...
 *        tar -r|-u|--delete [OPTION]... -f ARCHIVE FILE...
 *   -c, -x, -t      create, extract, list
 *   -d              say in what the files differ from ARCHIVE
 *   -r, -u          add to ARCHIVE; only what is newer than there
 *   --delete        take members out of ARCHIVE
 *   -C DIR          change to DIR first
 *   -f ARCHIVE      instead of standard input or output
 *   -k              do not overwrite
 *   -m              do not restore times
 *   -O              extract to standard output
 *   -p              restore all modes, whatever the umask
 *   -P              keep leading slashes
 *   -T FILE         names from FILE
 *   -v              print names; with -t, the long form
 *   --exclude GLOB  leave out
 *   --strip-components N
 *   -z, -j, -J      through gzip, bzip2, xz; --zstd; -a: by the name; -I PROGRAM
 *   -o   files belong to who extracts them; accepted
 * Archives that are read are unpacked by what is in them.
 */
#include "tar.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "archive-filter.h"
#include "files.h"
#include "mode.h"
#include "numbers.h"
#include "owner.h"
#include "tools.h"

struct tar_options tar_flag;
FILE *tar_archive;
int tar_status;

enum { DELETE = 256, EXCLUDE, STRIP, NUMERIC, OTHER, ZSTD };

static const char *archive = "-", *folder, *names, *program;
static int action; /* an option */

static char **wanted;
static bool *found;
static const char *excluded[32];
static size_t excluded_count;

bool tar_is_excluded(const char *name)
{
	for (size_t i = 0; i < excluded_count; i++)
		if (!fnmatch(excluded[i], name, 0) || !fnmatch(excluded[i], path_name(name), 0))
			return true;
	return false;
}

static bool is_wanted(const char *name)
{
	if (tar_is_excluded(name))
		return false;
	if (!*wanted)
		return true;
	for (size_t i = 0; wanted[i]; i++) {
		size_t length = strlen(wanted[i]);
		while (length && wanted[i][length - 1] == '/')
			length--;
		if (!strncmp(name, wanted[i], length) && (!name[length] || name[length] == '/'))
			return found[i] = true;
	}
	return false;
}

static void list(const struct tar_member *member)
{
	char mode[11], date[32], size[48];
	static const mode_t types[] = {['0'] = S_IFREG, ['1'] = S_IFREG, ['2'] = S_IFLNK, ['3'] = S_IFCHR, ['4'] = S_IFBLK, ['5'] = S_IFDIR, ['6'] = S_IFIFO, ['7'] = S_IFREG};
	if (!tar_flag.verbose) {
		puts(member->name);
		return;
	}
	time_t when = (time_t)member->mtime;
	struct tm local;
	localtime_r(&when, &local);
	strftime(date, sizeof date, "%Y-%m-%d %H:%M", &local);
	mode_string(member->mode | (member->type <= '7' ? types[(int)member->type] : S_IFREG), mode);
	if (member->type == '1')
		mode[0] = 'h';
	if (member->type == '3' || member->type == '4')
		snprintf(size, sizeof size, "%u,%u", major(member->device), minor(member->device));
	else
		snprintf(size, sizeof size, "%lld", member->size);
	char *owner = *member->user && !tar_flag.numeric ? format_text("%s/%s", member->user, member->group) : format_text("%u/%u", member->uid, member->gid);
	static int width = 19;
	int need = (int)(strlen(owner) + strlen(size)) + 1;
	if (width < need)
		width = need;
	printf("%s %s %*s %s %s", mode, owner, width - (int)strlen(owner) - 1, size, date, member->name);
	if (member->type == '1' || member->type == '2')
		printf(member->type == '1' ? " link to %s" : " -> %s", member->link);
	putchar('\n');
	free(owner);
}

static void complain_of_missing(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (found[i])
			continue;
		warnx("%s: Not found in archive", wanted[i]);
		tar_status = 2;
	}
}

/* For -t, -x and -d. */
static void read_archive(void)
{
	struct tar_member member;
	size_t count = 0;
	while (wanted[count])
		count++;
	found = allocate(count + 1);
	memset(found, 0, count + 1);
	while (tar_read_member(&member)) {
		if (!is_wanted(member.name)) {
			tar_copy_contents(member.size, NULL);
			continue;
		}
		if (action == 't')
			list(&member);
		else if (tar_flag.verbose)
			fprintf(tar_flag.to_stdout ? stderr : stdout, "%s\n", member.name);
		if (action == 'x')
			tar_extract(&member);
		else if (action == 'd')
			tar_compare(&member);
		else
			tar_copy_contents(member.size, NULL);
	}
	tar_restore_folders();
	complain_of_missing(count);
}

static void add_listed(const char *name)
{
	FILE *names = open_input(name);
	char *line = NULL;
	size_t capacity = 0;
	if (!names)
		exit(2);
	while (read_line(names, &line, &capacity, NULL) >= 0)
		tar_add(line);
	free(line);
}

static void read_options(int argc, char **argv)
{
	bool by_name = false;
	static const struct option longs[] = {
		{"create", no_argument, NULL, 'c'}, {"extract", no_argument, NULL, 'x'}, {"list", no_argument, NULL, 't'},
		{"diff", no_argument, NULL, 'd'}, {"compare", no_argument, NULL, 'd'}, {"append", no_argument, NULL, 'r'}, {"update", no_argument, NULL, 'u'}, {"delete", no_argument, NULL, DELETE}, {"file", required_argument, NULL, 'f'},
		{"directory", required_argument, NULL, 'C'}, {"verbose", no_argument, NULL, 'v'}, {"exclude", required_argument, NULL, EXCLUDE},
		{"strip-components", required_argument, NULL, STRIP}, {"numeric-owner", no_argument, NULL, NUMERIC}, {"to-stdout", no_argument, NULL, 'O'},
		{"touch", no_argument, NULL, 'm'}, {"keep-old-files", no_argument, NULL, 'k'}, {"same-permissions", no_argument, NULL, 'p'},
		{"no-same-owner", no_argument, NULL, OTHER}, {"files-from", required_argument, NULL, 'T'}, {"absolute-names", no_argument, NULL, 'P'},
		{"gzip", no_argument, NULL, 'z'}, {"bzip2", no_argument, NULL, 'j'}, {"xz", no_argument, NULL, 'J'}, {"zstd", no_argument, NULL, ZSTD},
		{"auto-compress", no_argument, NULL, 'a'}, {"use-compress-program", required_argument, NULL, 'I'}, {0}};
	if (argc > 1 && argv[1][0] != '-')
		argv[1] = format_text("-%s", argv[1]);
	for (int option; (option = next_long_option(argc, argv, "+acdxtruf:C:I:jJkmOopPT:vz", longs)) != -1;) {
		switch (option) {
		case 'c':
		case 'd':
		case 'x':
		case 't':
		case 'r':
		case 'u':
		case DELETE:
			if (action && action != option)
				usage_error("You may not specify more than one '-cdtrux' option");
			action = option;
			break;
		case 'C': folder = optarg; break;
		case 'f': archive = optarg; break;
		case 'a': by_name = true; break;
		case 'I': program = optarg; break;
		case 'j': program = "bzip2"; break;
		case 'J': program = "xz"; break;
		case 'z': program = "gzip"; break;
		case ZSTD: program = "zstd"; break;
		case 'k': tar_flag.keep_old = true; break;
		case 'm': tar_flag.touch = true; break;
		case 'O': tar_flag.to_stdout = true; break;
		case 'p': tar_flag.permissions = true; break;
		case 'P': tar_flag.absolute = true; break;
		case 'T': names = optarg; break;
		case 'v': tar_flag.verbose = true; break;
		case EXCLUDE:
			if (excluded_count < sizeof excluded / sizeof *excluded)
				excluded[excluded_count++] = optarg;
			break;
		case STRIP: tar_flag.strip = (int)parse_integer(optarg, "number of elements"); break;
		case NUMERIC: tar_flag.numeric = true; break;
		default: break;
		}
	}
	if (!action)
		usage_error("You must specify one of the '-cdtrux' options");
	wanted = argv + optind;
	if (by_name && !program)
		program = filter_for(archive);
}

static void add_operands(void)
{
	if (names)
		add_listed(names);
	for (char **path = wanted; *path; path++) {
		if (!strcmp(*path, "-C") && path[1]) {
			if (chdir(*++path))
				err(2, "%s: Cannot open", *path);
			continue;
		}
		if (!tar_is_excluded(*path))
			tar_add(*path);
	}
}

/* -r, -u and --delete: the archive is read and written in its place. */
static void open_in_place(void)
{
	if (program)
		usage_error("Cannot update compressed archives");
	if (!strcmp(archive, "-"))
		usage_error("an archive to change must be a file");
	tar_archive = fopen(archive, "r+");
	if (!tar_archive && errno == ENOENT && action != DELETE)
		tar_archive = fopen(archive, "w+");
	if (!tar_archive)
		err(2, "%s: Cannot open", archive);
	tar_flag.updates = action == 'u';
	if (action != DELETE) {
		tar_find_end(action == 'u');
		return;
	}
	size_t count = 0;
	while (wanted[count])
		count++;
	found = allocate(count + 1);
	memset(found, 0, count + 1);
	if (!count)
		exit(0);
	tar_delete(is_wanted);
	complain_of_missing(count);
}

int main(int argc, char **argv)
{
	usage_status = 2;
	read_options(argc, argv);
	bool creating = action == 'c', changes = !creating && action != 'x' && action != 't' && action != 'd';
	if (changes) {
		open_in_place();
		if (action != DELETE)
			add_operands();
		tar_finish();
		tar_cut();
		if (fclose(tar_archive))
			err(2, "%s: Cannot write", archive);
		return tar_status;
	}
	tar_archive = strcmp(archive, "-") ? fopen(archive, creating ? "w" : "r") : creating ? stdout : stdin;
	if (!tar_archive)
		err(2, "%s: Cannot open", archive);
	tar_archive = filter_open(tar_archive, creating, program);
	if (folder && chdir(folder))
		err(2, "%s: Cannot open", folder);
	if (!creating) {
		read_archive();
		filter_close(tar_archive, archive);
		return tar_status;
	}
	if (!*wanted && !names)
		usage_error("Cowardly refusing to create an empty archive");
	add_operands();
	tar_finish();
	filter_close(tar_archive, archive);
	return tar_status;
}
