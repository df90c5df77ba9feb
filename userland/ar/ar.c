/*
 * ar, ranlib: libraries of object files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ar.html
 *
 * Aliases: ranlib
 *
 * Usage: ar [-]{d|m|p|q|r|s|t|x}[abcCDiouvSsTU] [MEMBER] ARCHIVE [FILE]...
 *   d   delete members            q   append
 *   m   move them to the end      r   insert, in the place of those of the same name
 *   p   print them                t   list them
 *   s   write the index anew      x   extract them
 *   a, b, i   behind (a) or in front of MEMBER (with m, r)
 *   c   do not say that ARCHIVE is made; v: say what is done
 *   C   extract over no file that is there; T: names are cut to what the file system takes
 *   D   no times and owners (the default), U: with them
 *   o   keep times (x); u: only newer files (r); S: no index
 *
 *        ranlib ARCHIVE...
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive.h"
#include "files.h"
#include "mode.h"
#include "tools.h"

static struct archive archive;
static char operation, *pivot;
static bool creates_quietly, is_verbose, keeps_times, keeps_files, only_newer, has_no_index, has_real_times, is_behind;

static struct member *find_member(const char *name)
{
	for (size_t i = 0; i < archive.count; i++)
		if (!strcmp(archive.members[i].name, name))
			return &archive.members[i];
	return NULL;
}

static struct member load(const char *path)
{
	struct stat about;
	size_t size;
	char *data = read_file(path, &size);
	if (!data || stat(path, &about) < 0)
		err(1, "%s", path);
	if (has_real_times)
		return (struct member){duplicate(path_name(path)), (unsigned char *)data, size, about.st_mtime, about.st_uid, about.st_gid, about.st_mode};
	return (struct member){duplicate(path_name(path)), (unsigned char *)data, size, 0, 0, 0, 0644};
}

static void insert_at(size_t place, struct member member)
{
	archive.members = reallocate(archive.members, (archive.count + 1) * sizeof *archive.members);
	memmove(&archive.members[place + 1], &archive.members[place], (archive.count - place) * sizeof *archive.members);
	archive.members[place] = member;
	archive.count++;
}

static void remove_at(size_t place)
{
	memmove(&archive.members[place], &archive.members[place + 1], (archive.count - place - 1) * sizeof *archive.members);
	archive.count--;
}

static size_t place_of_new(void)
{
	const struct member *found = pivot ? find_member(pivot) : NULL;
	return found ? (size_t)(found - archive.members) + is_behind : archive.count;
}

static bool is_older(const char *path, const struct member *member)
{
	struct stat about;
	return stat(path, &about) == 0 && about.st_mtime <= member->time;
}

static void insert(char **files)
{
	for (; *files; files++) {
		struct member *old = operation == 'r' ? find_member(path_name(*files)) : NULL;
		if (old && only_newer && is_older(*files, old))
			continue;
		if (is_verbose)
			printf("%c - %s\n", old ? 'r' : 'a', *files);
		if (old && !pivot) {
			*old = load(*files);
			continue;
		}
		if (old)
			remove_at((size_t)(old - archive.members));
		insert_at(place_of_new(), load(*files));
	}
}

static void extract(const struct member *member)
{
	if (keeps_files && access(member->name, F_OK) == 0)
		return;
	if (is_verbose)
		printf("x - %s\n", member->name);
	int fd = open(member->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, member->mode & 0777);
	if (fd < 0 || write_all(fd, member->data, member->size) < 0)
		err(1, "%s", member->name);
	struct timespec times[2] = {{.tv_sec = member->time}, {.tv_sec = member->time}};
	if (keeps_times && futimens(fd, times) < 0)
		warn("%s", member->name);
	close(fd);
}

static void list(const struct member *member)
{
	if (is_verbose) {
		char mode[11], date[32];
		time_t time = (time_t)member->time;
		strftime(date, sizeof date, "%b %e %H:%M %Y", localtime(&time));
		printf("%s %u/%u %6zu %s ", mode_string(member->mode, mode) + 1, member->uid, member->gid, member->size, date);
	}
	puts(member->name);
}

static void print(const struct member *member)
{
	if (is_verbose)
		printf("\n<%s>\n\n", member->name);
	fwrite(member->data, 1, member->size, stdout);
}

/* t, p, x: those named, or all. */
static void show(char **names, void (*act)(const struct member *))
{
	for (size_t i = 0; !*names && i < archive.count; i++)
		act(&archive.members[i]);
	for (; *names; names++) {
		const struct member *member = find_member(*names);
		if (member) {
			act(member);
			continue;
		}
		fprintf(stderr, "no entry %s in archive\n", *names);
	}
}

static void take_out(char **names)
{
	for (; *names; names++) {
		struct member *member = find_member(*names);
		if (!member) {
			if (is_verbose)
				printf("No member named `%s'\n", *names);
			continue;
		}
		struct member moved = *member;
		if (is_verbose)
			printf("%c - %s\n", operation, *names);
		remove_at((size_t)(member - archive.members));
		if (operation == 'm')
			insert_at(place_of_new(), moved);
	}
}

static void parse_key(const char *key)
{
	for (key += *key == '-'; *key; key++) {
		switch (*key) {
		case 'd': case 'm': case 'p': case 'q': case 'r': case 't': case 'x':
			if (operation && operation != 's')
				errx(1, "two different operation options specified");
			operation = *key;
			break;
		case 's': operation = operation ? operation : 's'; break;
		case 'a': is_behind = true; pivot = ""; break;
		case 'b': case 'i': pivot = ""; break;
		case 'c': creates_quietly = true; break;
		case 'C': keeps_files = true; break;
		case 'D': has_real_times = false; break;
		case 'U': has_real_times = true; break;
		case 'o': keeps_times = true; break;
		case 'S': has_no_index = true; break;
		case 'T': break; /* what is cut is known only when a file is made */
		case 'u': only_newer = true; break;
		case 'v': is_verbose = true; break;
		default: usage_error("invalid option -- '%c'", *key);
		}
	}
}

static void act(char **files)
{
	switch (operation) {
	case 't': show(files, list); return;
	case 'p': show(files, print); return;
	case 'x': show(files, extract); return;
	case 'd':
	case 'm': take_out(files); break;
	case 's': break;
	default: insert(files);
	}
	ar_write(&archive, !has_no_index, has_real_times ? (long long)time(NULL) : 0);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--help"))
		next_option(argc, argv, "");
	if (!strcmp(program_name(), "ranlib")) {
		operation = 's';
		for (int i = 1; i < argc; i++) {
			archive.path = argv[i];
			ar_read(&archive, false);
			act(argv + argc);
		}
		return 0;
	}
	if (argc < 3)
		usage_error("an operation and an archive are expected");
	int at = 1;
	do
		parse_key(argv[at++]);
	while (at < argc && argv[at][0] == '-' && argv[at][1] && strcmp(argv[at], "--"));
	at += at < argc && !strcmp(argv[at], "--");
	if (!operation)
		usage_error("no operation specified");
	if (pivot)
		pivot = argv[at++];
	archive.path = argv[at++];
	if (!archive.path)
		usage_error("no archive specified");
	ar_read(&archive, operation == 'r' || operation == 'q');
	if (archive.is_new && !creates_quietly)
		warnx("creating %s", archive.path);
	act(argv + at);
	return 0;
}
