/*
 * grep: print lines that match patterns
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/grep.html
 *
 * Aliases: egrep fgrep
 *
 * Usage: grep [OPTION]... PATTERNS [FILE]...
 * Patterns, separated by newlines, are basic regular expressions.
 *   -A, -B, -C NUM        print NUM lines after, before, around a match
 *   -a, --text            treat binary files as text
 *   -c, --count           print only the number of matching lines
 *       --color[=WHEN]    mark matches: always, never, auto
 *   -e, --regexp PATTERNS use these patterns, too
 *   -E, --extended-regexp extended regular expressions
 *   -f, --file FILE       take patterns from FILE, one a line
 *   -F, --fixed-strings   patterns are strings
 *   -h, --no-filename     no file names on output
 *   -H, --with-filename   file names on output
 *   -i, --ignore-case     ignore case
 *   -I                    skip binary files
 *   -l, --files-with-matches   print only names of files that match
 *   -L, --files-without-match  print only names of files that do not
 *   -m, --max-count NUM   stop after NUM matching lines
 *   -n, --line-number     print line numbers
 *   -o, --only-matching   print only what matched
 *   -q, --quiet           print nothing; exit 0 at the first match
 *   -r, -R, --recursive   search directories
 *       --include GLOB, --exclude GLOB, --exclude-dir GLOB
 *   -s, --no-messages     no messages about files that cannot be read
 *   -v, --invert-match    print lines that do not match
 *   -w, --word-regexp     match whole words
 *   -x, --line-regexp     match whole lines
 *   -z, --null-data       lines end with NUL
 *   -G                    basic regular expressions (default); -P: as -E
 *   -y                    the same as -i
 * The exit status is 0 if a line matched, 1 if none did, 2 after an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "grep.h"
#include "numbers.h"
#include "tools.h"

enum { INCLUDE = 256, EXCLUDE, EXCLUDE_FOLDER, COLOR };

struct grep_options grep_flag = {.kind = 'G', .most = -1, .ending = '\n'};

static const char *include, *exclude, *exclude_folder;
static bool failed;

static bool search_path(const char *path, bool operand);

static bool search_folder(const char *path)
{
	char **names = folder_names(path);
	bool found = false;
	if (!names) {
		if (!grep_flag.silent)
			warn("%s", path);
		failed = true;
		return false;
	}
	for (char **name = names; *name; name++) {
		char *inner = path_join(path, *name);
		found |= search_path(inner, false);
		free(inner);
	}
	free_names(names);
	return found;
}

static bool is_left_out(const char *path, bool folder)
{
	const char *name = path_name(path);
	if (folder)
		return exclude_folder && !fnmatch(exclude_folder, name, 0);
	return (include && fnmatch(include, name, 0)) || (exclude && !fnmatch(exclude, name, 0));
}

static bool search_path(const char *path, bool operand)
{
	bool standard = !strcmp(path, "-") && operand, folder = !standard && is_folder(path);
	if (!operand && is_left_out(path, folder))
		return false;
	if (folder && grep_flag.recursive)
		return search_folder(path);
	if (folder) {
		if (!grep_flag.silent)
			warnx("%s: Is a directory", path);
		failed = true;
		return false;
	}
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), error = fd < 0 ? errno : 0;
	const char *name = standard ? "(standard input)" : path;
	bool found = fd >= 0 && grep_search(fd, name, &error);
	failed |= error != 0;
	errno = error;
	if (error && !grep_flag.silent)
		warn("%s", name);
	if (fd >= 0 && !standard)
		close(fd);
	return found;
}

static void add_pattern_file(const char *name)
{
	size_t length;
	char *text = read_file(strcmp(name, "-") ? name : "/dev/stdin", &length);
	if (!text)
		err(2, "%s", name);
	if (length && text[length - 1] == '\n')
		length--;
	else if (!length)
		return;
	grep_add_patterns(text, length);
	free(text);
}

static long context(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (end == text || *end || value < 0)
		errx(2, "%s: invalid context length argument", text);
	return value;
}

static bool is_null_device(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

static void apply_option(int option)
{
	switch (option) {
	case 'a': grep_flag.text = true; break;
	case 'A': grep_flag.after = context(optarg); break;
	case 'B': grep_flag.before = context(optarg); break;
	case 'C': grep_flag.before = grep_flag.after = context(optarg); break;
	case 'c': grep_flag.count = true; break;
	case 'e': grep_add_patterns(optarg, strlen(optarg)); break;
	case 'f': add_pattern_file(optarg); break;
	case 'E':
	case 'F':
	case 'G': grep_flag.kind = (char)option; break;
	case 'P': grep_flag.kind = 'E'; break;
	case 'i':
	case 'y': grep_flag.ignore_case = true; break;
	case 'I': grep_flag.skip_binary = true; break;
	case 'l': grep_flag.list = true; break;
	case 'L': grep_flag.list_others = true; break;
	case 'm': grep_flag.most = parse_integer(optarg, "max count"); break;
	case 'n': grep_flag.number = true; break;
	case 'o': grep_flag.only = true; break;
	case 'q': grep_flag.quiet = true; break;
	case 'r':
	case 'R': grep_flag.recursive = true; break;
	case 's': grep_flag.silent = true; break;
	case 'v': grep_flag.invert = true; break;
	case 'w': grep_flag.word = true; break;
	case 'x': grep_flag.line = true; break;
	case 'z': grep_flag.ending = 0; break;
	case INCLUDE: include = optarg; break;
	case EXCLUDE: exclude = optarg; break;
	case EXCLUDE_FOLDER: exclude_folder = optarg; break;
	case COLOR: grep_flag.color = !optarg || !strcmp(optarg, "always") || (!strcmp(optarg, "auto") && isatty(STDOUT_FILENO)); break;
	default: break;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"text", no_argument, NULL, 'a'}, {"count", no_argument, NULL, 'c'}, {"color", optional_argument, NULL, COLOR},
		{"colour", optional_argument, NULL, COLOR}, {"regexp", required_argument, NULL, 'e'},
		{"extended-regexp", no_argument, NULL, 'E'}, {"file", required_argument, NULL, 'f'},
		{"fixed-strings", no_argument, NULL, 'F'}, {"no-filename", no_argument, NULL, 'h'},
		{"with-filename", no_argument, NULL, 'H'}, {"ignore-case", no_argument, NULL, 'i'},
		{"files-with-matches", no_argument, NULL, 'l'}, {"files-without-match", no_argument, NULL, 'L'},
		{"max-count", required_argument, NULL, 'm'}, {"line-number", no_argument, NULL, 'n'},
		{"only-matching", no_argument, NULL, 'o'}, {"quiet", no_argument, NULL, 'q'}, {"silent", no_argument, NULL, 'q'},
		{"recursive", no_argument, NULL, 'r'}, {"include", required_argument, NULL, INCLUDE},
		{"exclude", required_argument, NULL, EXCLUDE}, {"exclude-dir", required_argument, NULL, EXCLUDE_FOLDER},
		{"no-messages", no_argument, NULL, 's'}, {"invert-match", no_argument, NULL, 'v'},
		{"word-regexp", no_argument, NULL, 'w'}, {"line-regexp", no_argument, NULL, 'x'},
		{"context", required_argument, NULL, 'C'}, {"after-context", required_argument, NULL, 'A'},
		{"before-context", required_argument, NULL, 'B'}, {"null-data", no_argument, NULL, 'z'}, {0}};
	char names = 0;
	bool given = false;
	usage_status = 2;
	grep_flag.kind = program_name()[0] == 'e' ? 'E' : program_name()[0] == 'f' ? 'F' : 'G';
	for (int option; (option = next_long_option(argc, argv, "A:aB:C:ce:Ef:FGhHiIlLm:noPqrRsvwxyz", longs)) != -1;) {
		given |= option == 'e' || option == 'f';
		if (option == 'h' || option == 'H')
			names = (char)option;
		else
			apply_option(option);
	}
	if (!given && !argv[optind])
		usage_error("no pattern given");
	if (!given) {
		grep_add_patterns(argv[optind], strlen(argv[optind]));
		optind++;
	}
	grep_compile_patterns();
	grep_flag.count &= !grep_flag.list && !grep_flag.list_others;
	grep_flag.stops = grep_flag.quiet || is_null_device(STDOUT_FILENO);
	char *standard[] = {"-", NULL}, *here[] = {".", NULL};
	char **operands = argv[optind] ? argv + optind : grep_flag.recursive ? here : standard;
	bool several = argc - optind > 1 || (grep_flag.recursive && (!argv[optind] || is_folder(argv[optind])));
	grep_flag.names = names ? names == 'H' : several;
	bool found = false;
	for (char **path = operands; *path && !(found && grep_flag.quiet); path++)
		found |= search_path(*path, true);
	if (found && grep_flag.quiet)
		return 0;
	return failed ? 2 : !found;
}
