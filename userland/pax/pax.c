/*
 * pax: portable archive interchange
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 *
 * Usage: pax [-cdnv] [-f ARCHIVE] [-o OPTIONS]... [-s REPLACEMENT]... [PATTERN]...
 *        pax -r [-cdiknuv] [-f ARCHIVE] [-o OPTIONS]... [-p STRING]... [-s REPLACEMENT]... [PATTERN]...
 *        pax -w [-0dituvX] [-H|-L] [-b SIZE] [[-a] -f ARCHIVE] [-o OPTIONS]... [-s REPLACEMENT]... [-x FORMAT] [FILE]...
 *        pax -r -w [-0diklntuvX] [-H|-L] [-o OPTIONS]... [-p STRING]... [-s REPLACEMENT]... [FILE]... FOLDER
 *   -0         names of standard input end with a null byte
 *   -a         append
 *   -b SIZE    bytes that are written at once (10240b: blocks of 512; k: of 1024)
 *   -c         all but what the patterns match
 *   -d         folders themselves, not what is in them
 *   -f FILE    the archive, instead of standard input or output
 *   -H, -L     follow the symbolic links of the operands, or all
 *   -i         ask for the name of each: empty: leave it out; a dot: as it is
 *   -k         write over nothing
 *   -l         links instead of copies
 *   -n         the first match of each pattern only
 *   -o WORDS   delete=PATTERN, exthdr.name=TEXT, globexthdr.name=TEXT, linkdata, listopt=FORMAT, times, KEYWORD=VALUE, KEYWORD:=VALUE,
 *              invalid=bypass (a name that is too long: leave it out; the default), rename (ask), UTF-8 (as it is), write (shortened)
 *   -p STRING  a: no access times, m: no modification times, o: owners, p: modes, e: all of them
 *   -s ,OLD,NEW,gp   change names: all matches (g), and say so (p)
 *   -t         access times of what is read as they were
 *   -u         only what is newer
 *   -v         names; as a list: the long form
 *   -x FORMAT  pax (ustar where that suffices; the default), ustar or cpio
 *   -X         stay on the file system
 *   -z         through gzip; -j: bzip2; -J: xz
 * Archives that are read are recognised by what is in them.
 */
#include "pax.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive-filter.h"
#include "files.h"
#include "tools.h"

struct pax_options pax = {.format = PAX_PAX};
int pax_status;

static const char *archive, *program;

static void fail(const char *format, va_list arguments, bool has_reason)
{
	fflush(stdout);
	if (has_reason)
		vwarn(format, arguments);
	else
		vwarnx(format, arguments);
	pax_status = 1;
}

void pax_fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fail(format, arguments, true);
	va_end(arguments);
}

void pax_failx(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fail(format, arguments, false);
	va_end(arguments);
}

static void read_archive(char **patterns)
{
	struct pax_member member;
	pax_set_patterns(patterns);
	while (!pax_is_done() && pax_read_member(&member)) {
		char *name = pax_is_wanted(member.name, S_ISDIR(member.status.st_mode)) ? pax_rename(member.name) : NULL;
		free(name ? member.name : NULL);
		member.name = name ? name : member.name;
		if (name && member.is_hard_link) {
			char *target = pax_substitute(member.link);
			free(member.link);
			member.link = target;
		}
		bool is_taken = name && pax.reads && pax_make_valid(&member);
		if (is_taken)
			pax_extract(&member, -1);
		else if (name && !pax.reads)
			pax_list(&member);
		if (!is_taken)
			pax_take_content(&member, -1);
		pax_free_member(&member);
	}
	pax_finish_folders();
	pax_tell_unmatched();
}

/* The members of the archive that -a adds to, for -u. */
static struct known {
	char *name;
	struct timespec time;
} *known;
static size_t known_count;

static void remember(const struct pax_member *member)
{
	known = reallocate(known, (known_count + 1) * sizeof *known);
	known[known_count++] = (struct known){duplicate(member->name), member->status.st_mtim};
}

static bool is_older(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec < other->tv_sec || (one->tv_sec == other->tv_sec && one->tv_nsec <= other->tv_nsec);
}

static bool is_known_as_new(const char *name, const struct stat *status)
{
	for (size_t i = known_count; pax.only_newer && i-- > 0;)
		if (!strcmp(known[i].name, name))
			return is_older(&status->st_mtim, &known[i].time);
	return false;
}

static void put_content(const struct pax_member *member, int fd)
{
	char bytes[65536];
	long long left = member->content;
	while (left > 0) {
		size_t want = left < (long long)sizeof bytes ? (size_t)left : sizeof bytes;
		ssize_t count = read(fd, bytes, want);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			pax_fail("%s", member->name);
		/* The size has been told: a file that shrinks is filled up. */
		if (count <= 0) {
			if (count == 0)
				pax_failx("%s: shrank by %lld bytes: filled with zeros", member->name, left);
			memset(bytes, 0, want);
			count = (ssize_t)want;
		}
		pax_put(bytes, (size_t)count);
		left -= count;
	}
}

static void restore_access(int fd, const struct stat *status)
{
	struct timespec times[2] = {status->st_atim, {.tv_nsec = UTIME_OMIT}};
	if (pax.restores_access && futimens(fd, times))
		pax_fail("cannot restore an access time");
}

static void add_file(const char *path, const struct stat *status)
{
	char *name = pax_rename(path);
	struct pax_member member;
	if (!name || is_known_as_new(name, status)) {
		free(name);
		return;
	}
	if (!pax_describe(path, status, name, &member))
		return;
	bool is_link_only = member.is_hard_link && !(pax.link_data || pax.format == PAX_CPIO);
	int fd = S_ISREG(status->st_mode) && !is_link_only ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (S_ISREG(status->st_mode) && !is_link_only && fd < 0) {
		pax_fail("%s", path);
	} else if (pax_write_member(&member) == 0) {
		put_content(&member, fd);
		pax_end_content(&member);
		pax_tell(member.name);
	}
	if (fd >= 0) {
		restore_access(fd, status);
		close(fd);
	}
	pax_free_member(&member);
}

/* -r -w: the folder that files go to, and what it is, so that a file is not copied over itself. */
static const char *target_folder;

static void copy_file(const char *path, const struct stat *status)
{
	char *inner = pax_rename(path);
	struct pax_member member;
	struct stat there;
	if (!inner)
		return;
	char *name = path_join(target_folder, inner + strspn(inner, "/"));
	free(inner);
	if (lstat(name, &there) == 0 && there.st_dev == status->st_dev && there.st_ino == status->st_ino) {
		if (!S_ISDIR(status->st_mode))
			pax_failx("%s: it would be copied over itself", path);
		free(name);
		return;
	}
	if (!pax_describe(path, status, name, &member))
		return;
	if (!pax_make_valid(&member)) {
		pax_free_member(&member);
		return;
	}
	if (pax.links && !S_ISDIR(status->st_mode)) {
		free(member.link);
		member.link = duplicate(path);
		member.is_hard_link = true;
		member.content = 0;
	}
	int fd = S_ISREG(status->st_mode) && !member.is_hard_link ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (S_ISREG(status->st_mode) && !member.is_hard_link && fd < 0)
		pax_fail("%s", path);
	else
		pax_extract(&member, fd);
	if (fd >= 0) {
		restore_access(fd, status);
		close(fd);
	}
	pax_free_member(&member);
}

static void copy(char **operands, int count)
{
	if (count < 1)
		usage_error("-r -w wants a folder");
	target_folder = operands[count - 1];
	operands[count - 1] = NULL;
	if (!is_folder(target_folder))
		errx(1, "%s: Not a directory", target_folder);
	pax_walk(operands, copy_file);
	pax_finish_folders();
}

static void write_archive(char **operands)
{
	if (pax.appends)
		pax_go_to_end(remember);
	pax_walk(operands, add_file);
	pax_write_end();
}

static void open_archive(void)
{
	const char *mode = !pax.writes ? "re" : pax.appends ? "r+e" : "we";
	if (pax.appends && (!archive || program))
		usage_error("-a wants a file that is not compressed (-f)");
	pax_archive = archive ? fopen(archive, mode) : pax.writes ? stdout : stdin;
	/* As with a new file: there is nothing yet. */
	if (!pax_archive && pax.appends && errno == ENOENT) {
		pax_archive = fopen(archive, "we");
		pax.appends = false;
	}
	if (!pax_archive)
		err(1, "%s", archive);
	pax_archive = filter_open(pax_archive, pax.writes, program);
}

static size_t parse_block(const char *text)
{
	char *end;
	unsigned long size = strtoul(text, &end, 10), unit = *end == 'k' ? 1024 : *end == 'b' ? 512 : 1;
	if (end == text || (*end && unit == 1) || end[*end != 0] || !size || size > 32256 || size * unit > 32256 || size * unit % 512)
		usage_error("invalid size '%s': a multiple of 512 up to 32256 is wanted", text);
	return size * unit;
}

static void parse_preserve(const char *letters)
{
	for (; *letters; letters++) {
		switch (*letters) {
		case 'a': pax.no_access_time = true; break;
		case 'm': pax.no_modification_time = true; break;
		case 'o': pax.keeps_owner = true; break;
		case 'p': pax.keeps_mode = true; break;
		case 'e':
			pax.keeps_owner = pax.keeps_mode = true;
			pax.no_access_time = pax.no_modification_time = false;
			break;
		default: usage_error("invalid letter '%c' of -p: one of aemop is wanted", *letters);
		}
	}
}

static void parse_format(const char *name)
{
	static const char *const names[] = {[PAX_USTAR] = "ustar", [PAX_PAX] = "pax", [PAX_CPIO] = "cpio"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i], name))
			continue;
		pax.format = (enum pax_format)i;
		return;
	}
	usage_error("unknown format '%s': one of pax, ustar and cpio is wanted", name);
}

static void read_options(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "+0HJLXab:cdf:ijklno:p:rs:tuvwx:z")) != -1;) {
		switch (option) {
		case '0': pax.null_names = true; break;
		case 'H':
		case 'L': pax.follow = (char)option; break;
		case 'X': pax.one_device = true; break;
		case 'a': pax.appends = true; break;
		case 'b': pax.block = parse_block(optarg); break;
		case 'c': pax.complements = true; break;
		case 'd': pax.names_itself = true; break;
		case 'f': archive = optarg; break;
		case 'i': pax.asks = true; break;
		case 'k': pax.keeps_old = true; break;
		case 'l': pax.links = true; break;
		case 'n': pax.first_only = true; break;
		case 'o': pax_parse_option(optarg); break;
		case 'p': parse_preserve(optarg); break;
		case 'r': pax.reads = true; break;
		case 's': pax_add_substitution(optarg); break;
		case 't': pax.restores_access = true; break;
		case 'u': pax.only_newer = true; break;
		case 'v': pax.verbose = true; break;
		case 'w': pax.writes = true; break;
		case 'x': parse_format(optarg); break;
		case 'z': program = "gzip"; break;
		case 'j': program = "bzip2"; break;
		default: program = "xz"; break;
		}
	}
	if (pax.complements && pax.first_only)
		usage_error("-c and -n exclude each other");
	if (pax.appends && !pax.writes)
		usage_error("-a goes with -w");
	if (pax.reads && pax.writes && archive)
		usage_error("-f does not go with -r -w");
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	char **operands = argv + optind;
	if (pax.reads && pax.writes) {
		copy(operands, argc - optind);
		return pax_status;
	}
	open_archive();
	if (pax.writes)
		write_archive(operands);
	else
		read_archive(operands);
	filter_close(pax_archive, archive ? archive : pax.writes ? "standard output" : "standard input");
	return pax_status;
}
