/*
 * diff: compare files line by line
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/diff.html
 *
 * Usage: diff [OPTION]... FILE1 FILE2
 *   -a        treat all files as text
 *   -b, -w    ignore changes in the amount of blanks, all blanks
 *   -B        ignore blank lines
 *   -c, -C N  with context, of N lines (3)
 *   -D NAME   both files in one, for the C preprocessor: the second where NAME is defined
 *   -e        a script for ed
 *   -f        the same forwards, not for ed
 *   -I RE     ignore changes of lines that all match
 *   -i        ignore case
 *   -L, --label NAME  in the head of -c and -u instead of the file's name and time
 *   -N        an absent file is an empty one
 *   -n        a script with counts of lines, as RCS has
 *   -p        in the head of each hunk the function that it is in (-u and -c; -c without a format)
 *   -q        only whether they differ
 *   -r        folders, too
 *   -s        say when files are the same
 *   -u, -U N  unified, with N lines of context (3)
 *   -x GLOB   without files of such names
 *   -y        beside each other; -W N columns (130), --left-column, --suppress-common-lines
 *   -d        accepted: the changes are few already
 * The exit status is 0 if they are the same, 1 if not, 2 after an error.
 */
#include "diff.h"

#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "numbers.h"
#include "pattern.h"
#include "tools.h"

struct diff_options diff_flag = {.context = 3, .width = 130};

static const char *excluded[32];
static size_t excluded_count;

enum { LEFT_COLUMN = 256, HIDE_COMMON };

static char **words; /* of the command line, for -r */

bool diff_read(struct diff_file *file, const char *path)
{
	*file = (struct diff_file){.name = path};
	file->data = read_file(strcmp(path, "-") ? path : "/dev/stdin", &file->length);
	if (!file->data && errno == ENOENT && diff_flag.new_file)
		file->data = duplicate("");
	if (!file->data) {
		warn("%s", path);
		return false;
	}
	size_t capacity = 0;
	for (char *at = file->data, *end = at + file->length; at < end;) {
		char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
		if (file->count == capacity) {
			capacity = capacity * 2 + 64;
			file->lines = reallocate(file->lines, capacity * sizeof *file->lines);
			file->lengths = reallocate(file->lengths, capacity * sizeof *file->lengths);
		}
		file->lines[file->count] = at;
		file->lengths[file->count++] = (size_t)(stop - at);
		file->unended = !newline;
		at = stop + 1;
	}
	return true;
}

void diff_free(struct diff_file *file)
{
	free(file->data);
	free(file->lines);
	free(file->lengths);
	free(file->classes);
	free(file->changed);
}

static bool is_binary(const struct diff_file *file)
{
	return !diff_flag.text && memchr(file->data, 0, file->length < 4096 ? file->length : 4096);
}

static void put_command(const char *a, const char *b)
{
	printf("diff");
	for (char **word = words + 1; *word && word[1] && word[2]; word++) {
		bool is_plain = **word && !strpbrk(*word, " \t\n*?[]$&|;<>()'\"\\`!#~{}");
		printf(is_plain ? " %s" : " '%s'", *word);
	}
	printf(" %s %s\n", a, b);
}

static int compare_files(const char *first, const char *second, bool inside)
{
	struct diff_file a = {0}, b = {0};
	bool shows_all = diff_flag.format == 'y' || diff_flag.format == 'D'; /* what is the same, too */
	bool fine = diff_read(&a, first);
	fine &= diff_read(&b, second);
	int status = 2;
	if (fine && !shows_all && a.length == b.length && !memcmp(a.data, b.data, a.length)) {
		status = 0;
	} else if (fine && (is_binary(&a) || is_binary(&b))) {
		printf("Binary files %s and %s differ\n", first, second);
		status = 1;
	} else if (fine) {
		size_t count;
		struct diff_hunk *hunks = diff_compare(&a, &b, &count);
		status = count > 0;
		if (count && diff_flag.format == 'q')
			printf("Files %s and %s differ\n", first, second);
		else if (count || shows_all) {
			if (inside)
				put_command(first, second);
			diff_print(&a, &b, hunks, count);
		}
		free(hunks);
	}
	if (!status && diff_flag.report_same)
		printf("Files %s and %s are identical\n", first, second);
	diff_free(&a);
	diff_free(&b);
	return status;
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

static bool is_excluded(const char *name)
{
	for (size_t i = 0; i < excluded_count; i++)
		if (!fnmatch(excluded[i], name, 0))
			return true;
	return false;
}

static int compare_folders(const char *first, const char *second)
{
	char **a = folder_names(first), **b = folder_names(second);
	int status = 0;
	if (!a || !b) {
		warn("%s", a ? second : first);
		return 2;
	}
	for (char **x = a, **y = b; *x || *y;) {
		int order = !*x ? 1 : !*y ? -1 : strcmp(*x, *y);
		char *left = path_join(first, order <= 0 ? *x : *y), *right = path_join(second, order <= 0 ? *x : *y);
		bool folders = is_folder(left) && is_folder(right);
		if (is_excluded(order <= 0 ? *x : *y)) {
			status = worse(status, 0);
		} else if (order && !diff_flag.new_file) {
			printf("Only in %s: %s\n", order < 0 ? first : second, order < 0 ? *x : *y);
			status = worse(status, 1);
		} else if (folders && diff_flag.recursive) {
			status = worse(status, compare_folders(left, right));
		} else if (folders) {
			printf("Common subdirectories: %s and %s\n", left, right);
		} else if (is_folder(left) != is_folder(right) && !order) {
			printf("File %s is a %s while file %s is a %s\n", left, is_folder(left) ? "directory" : "regular file", right, is_folder(right) ? "directory" : "regular file");
			status = worse(status, 1);
		} else {
			status = worse(status, compare_files(left, right, true));
		}
		free(left);
		free(right);
		x += order <= 0;
		y += order >= 0;
	}
	free_names(a);
	free_names(b);
	return status;
}

/* -I, which may come again: one basic expression of several. */
static void add_ignored(const char *expression)
{
	static struct text all;
	static struct pattern pattern;
	if (diff_flag.ignored)
		regfree(&diff_flag.ignored->regex);
	text_format(&all, "%s%s", all.length ? "\\|" : "", expression);
	pattern_compile(&pattern, all.data, 0, 2);
	diff_flag.ignored = &pattern;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"text", no_argument, NULL, 'a'}, {"ignore-space-change", no_argument, NULL, 'b'}, {"ignore-all-space", no_argument, NULL, 'w'},
		{"ignore-blank-lines", no_argument, NULL, 'B'}, {"context", optional_argument, NULL, 'C'}, {"ed", no_argument, NULL, 'e'}, {"ifdef", required_argument, NULL, 'D'},
		{"ignore-case", no_argument, NULL, 'i'}, {"forward-ed", no_argument, NULL, 'f'}, {"label", required_argument, NULL, 'L'}, {"new-file", no_argument, NULL, 'N'}, {"brief", no_argument, NULL, 'q'},
		{"recursive", no_argument, NULL, 'r'}, {"ignore-matching-lines", required_argument, NULL, 'I'}, {"rcs", no_argument, NULL, 'n'},
		{"show-c-function", no_argument, NULL, 'p'}, {"exclude", required_argument, NULL, 'x'}, {"side-by-side", no_argument, NULL, 'y'},
		{"width", required_argument, NULL, 'W'}, {"left-column", no_argument, NULL, LEFT_COLUMN}, {"suppress-common-lines", no_argument, NULL, HIDE_COMMON}, {"report-identical-files", no_argument, NULL, 's'}, {"unified", optional_argument, NULL, 'U'}, {0}};
	usage_status = 2;
	words = argv;
	for (int option; (option = next_long_option(argc, argv, "abBcC:dD:efiI:L:nNpqrsuU:wW:x:y", longs)) != -1;) {
		switch (option) {
		case 'a': diff_flag.text = true; break;
		case 'b': diff_flag.ignore_space_change = true; break;
		case 'B': diff_flag.ignore_blank_lines = true; break;
		case 'c':
		case 'e':
		case 'f':
		case 'n':
		case 'q':
		case 'y':
		case 'u': diff_flag.format = (char)option; break;
		case 'C':
		case 'U':
			diff_flag.format = option == 'C' ? 'c' : 'u';
			if (optarg)
				diff_flag.context = (size_t)parse_integer(optarg, "context length");
			break;
		case 'D':
			diff_flag.format = 'D';
			diff_flag.condition = optarg;
			break;
		case 'i': diff_flag.ignore_case = true; break;
		case 'I': add_ignored(optarg); break;
		case 'p': diff_flag.shows_function = true; break;
		case 'W': diff_flag.width = (size_t)parse_integer(optarg, "width"); break;
		case 'x':
			if (excluded_count < sizeof excluded / sizeof *excluded)
				excluded[excluded_count++] = optarg;
			break;
		case LEFT_COLUMN: diff_flag.left_only = true; break;
		case HIDE_COMMON: diff_flag.hides_common = true; break;
		case 'L': diff_flag.labels[diff_flag.labels[0] != NULL] = optarg; break;
		case 'N': diff_flag.new_file = true; break;
		case 'r': diff_flag.recursive = true; break;
		case 's': diff_flag.report_same = true; break;
		case 'w': diff_flag.ignore_all_space = true; break;
		default: break;
		}
	}
	if (diff_flag.shows_function && !diff_flag.format)
		diff_flag.format = 'c';
	if (diff_flag.format == 'y' && (diff_flag.width < 1 || diff_flag.width > 100000))
		errx(2, "invalid width");
	if (argc - optind != 2)
		usage_error(argc - optind > 2 ? "extra operand '%s'" : "missing operand after '%s'", argc - optind > 2 ? argv[optind + 2] : argv[argc - 1]);
	const char *first = argv[optind], *second = argv[optind + 1];
	bool left = is_folder(first), right = is_folder(second);
	if (left && right && diff_flag.format == 'D')
		errx(2, "-D option not supported with directories");
	if (left && right)
		return compare_folders(first, second);
	if (left)
		return compare_files(path_into(first, second), second, false);
	if (right)
		return compare_files(first, path_into(second, first), false);
	return compare_files(first, second, false);
}
