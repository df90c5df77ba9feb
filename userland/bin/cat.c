/*
 * cat: concatenate files to standard output
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cat.html
 *
 * Usage: cat [OPTION]... [FILE]...
 * With no FILE, or when FILE is -, reads standard input.
 *   -A, --show-all          the same as -vET
 *   -b, --number-nonblank   number the lines that are not empty
 *   -e                      the same as -vE
 *   -E, --show-ends         a $ at the end of each line
 *   -n, --number            number all lines
 *   -s, --squeeze-blank     no repeated empty lines
 *   -t                      the same as -vT
 *   -T, --show-tabs         tabs as ^I
 *   -u                      (ignored: nothing is held back)
 *   -v, --show-nonprinting  use ^ and M- notation
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

static struct {
	bool number, number_nonblank, ends, squeeze, tabs, visible;
} flag;

static long line_number;
static int newlines = 1; /* consecutive ones just written; 1 at the start of a line */

static void put_visible(int c)
{
	if (flag.visible && c >= 128) {
		fputs("M-", stdout);
		c -= 128;
	}
	if (c == '\t' && !flag.tabs)
		putchar(c);
	else if (c == '\t' || (flag.visible && (c < 32 || c == 127)))
		printf("^%c", c ^ 64);
	else
		putchar(c);
}

static int format(FILE *input, const char *name)
{
	(void)name;
	for (int c; (c = getc(input)) != EOF;) {
		bool blank = c == '\n' && newlines > 0;
		if (blank && flag.squeeze && newlines > 1)
			continue;
		if (newlines && (flag.number_nonblank ? !blank : flag.number))
			printf("%6ld\t", ++line_number);
		if (c == '\n') {
			fputs(flag.ends ? "$\n" : "\n", stdout);
			newlines = newlines < 2 ? newlines + 1 : 2;
		} else {
			newlines = 0;
			put_visible(c);
		}
	}
	return 0;
}

static bool same_as_output(int fd)
{
	struct stat in, out;
	if (fstat(fd, &in) || fstat(STDOUT_FILENO, &out) || !S_ISREG(out.st_mode))
		return false;
	return in.st_dev == out.st_dev && in.st_ino == out.st_ino && lseek(fd, 0, SEEK_CUR) < out.st_size;
}

static int copy(const char *name)
{
	int fd = strcmp(name, "-") ? open(name, O_RDONLY) : STDIN_FILENO;
	if (fd < 0) {
		warn("%s", name);
		return 1;
	}
	int result = 0;
	if (same_as_output(fd))
		result = (warnx("%s: input file is output file", name), 1);
	else
		result = copy_stream(fd, STDOUT_FILENO);
	if (result == -2)
		err(1, "write error");
	if (result == -1)
		warn("%s", name);
	if (fd != STDIN_FILENO)
		close(fd);
	return result != 0;
}

static void apply_option(int option)
{
	if (strchr("Ae", option) || option == 'E')
		flag.ends = true;
	if (strchr("AtT", option))
		flag.tabs = true;
	if (strchr("Aetv", option))
		flag.visible = true;
	if (option == 'n')
		flag.number = true;
	if (option == 'b')
		flag.number_nonblank = true;
	if (option == 's')
		flag.squeeze = true;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"show-all", no_argument, NULL, 'A'}, {"number-nonblank", no_argument, NULL, 'b'},
		{"show-ends", no_argument, NULL, 'E'}, {"number", no_argument, NULL, 'n'},
		{"squeeze-blank", no_argument, NULL, 's'}, {"show-tabs", no_argument, NULL, 'T'},
		{"show-nonprinting", no_argument, NULL, 'v'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "AbeEnstTuv", longs)) != -1;)
		apply_option(option);
	if (flag.number || flag.number_nonblank || flag.ends || flag.squeeze || flag.tabs || flag.visible)
		return each_input(argv + optind, format);
	int status = 0;
	if (!argv[optind])
		return copy("-");
	for (char **name = argv + optind; *name; name++)
		status |= copy(*name);
	return status;
}
