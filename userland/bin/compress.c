/*
 * compress, uncompress: adaptive Lempel-Ziv coding
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/compress.html
 *
 * Aliases: uncompress
 *
 * Usage: compress [-cdfv] [-b BITS] [FILE]...
 *        uncompress [-cfv] [FILE]...
 * FILE becomes FILE.Z where that is shorter, and the other way round.
 *   -b BITS   longest code, 9 to 16 (16)
 *   -c        to standard output, FILE stays
 *   -d        expand
 *   -f        over other files, and where nothing is saved
 *   -v        say how well
 * The status is 2 where a file would not become shorter.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "lzw.h"
#include "tools.h"

static bool to_stdout, expands, forced, verbose;
static int bits = LZW_MOST_BITS, status;

static void fail_with(int value)
{
	if (status != 1)
		status = value;
}

/* The other name of a file, on the heap, or null after a message. */
static char *other_name(const char *name)
{
	size_t length = strlen(name);
	bool has_suffix = length > 2 && !strcmp(name + length - 2, ".Z");
	if (!expands && has_suffix) {
		warnx("%s: already has .Z suffix -- no change", name);
		fail_with(1);
		return NULL;
	}
	if (!expands)
		return format_text("%s.Z", name);
	return has_suffix ? duplicate_range(name, length - 2) : duplicate(name);
}

/* Reads `name`, or with .Z behind it where there is no such file; the name that was found goes to *found. */
static char *read_source(const char *name, size_t *length, char **found)
{
	*found = duplicate(name);
	char *data = read_file(name, length);
	if (!data && expands && errno == ENOENT) {
		char *longer = format_text("%s.Z", name);
		data = read_file(longer, length);
		if (data) {
			free(*found);
			*found = longer;
		} else {
			free(longer);
			errno = ENOENT;
		}
	}
	if (!data) {
		warn("%s", name);
		fail_with(1);
	}
	return data;
}

/* Writes the result in place of the source, with its mode, owner and times. */
static bool replace(const char *from, const char *to, const struct text *result)
{
	struct stat about;
	if (stat(from, &about) < 0 || (!S_ISREG(about.st_mode) && (errno = EINVAL))) {
		warn("%s", from);
		return false;
	}
	if (access(to, F_OK) == 0 && !forced && (!isatty(0) || !confirm("%s already exists; do you wish to overwrite (y or n)? ", to))) {
		warnx("%s already exists; not overwritten", to);
		return false;
	}
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write_all(fd, result->data, result->length) < 0) {
		warn("%s", to);
		if (fd >= 0) {
			close(fd);
			unlink(to);
		}
		return false;
	}
	struct timespec times[2] = {about.st_atim, about.st_mtim};
	if (fchown(fd, about.st_uid, about.st_gid) < 0)
		about.st_mode &= ~(mode_t)(S_ISUID | S_ISGID);
	fchmod(fd, about.st_mode & 07777);
	futimens(fd, times);
	close(fd);
	return unlink(from) == 0;
}

static bool convert(const char *name, const char *data, size_t length, struct text *result)
{
	if (!expands) {
		lzw_compress(data, length, bits, result);
		return true;
	}
	const char *problem = lzw_expand(data, length, result);
	if (!problem)
		return true;
	warnx("%s: %s", name, problem);
	fail_with(1);
	return false;
}

static void say_ratio(const char *name, size_t plain, size_t packed)
{
	double saved = plain ? 100.0 * ((double)plain - (double)packed) / (double)plain : 0;
	fprintf(stderr, "%s: ", name);
	if (expands)
		fprintf(stderr, " -- expanded");
	else
		fprintf(stderr, " -- compression: %.2f%%", saved);
}

static void visit(const char *name)
{
	size_t length;
	char *found, *data = read_source(name, &length, &found), *target = data ? other_name(found) : NULL;
	struct text result = {0};
	if (target && convert(found, data, length, &result)) {
		bool is_longer = !expands && result.length >= length;
		if (is_longer && !forced && !to_stdout) {
			if (verbose)
				warnx("%s: No compression -- file unchanged", found);
			fail_with(2);
		} else if (to_stdout) {
			fwrite(result.data, 1, result.length, stdout);
		} else if (!strcmp(found, target)) {
			warnx("%s: no .Z suffix", found);
			fail_with(1);
		} else if (replace(found, target, &result)) {
			if (verbose) {
				say_ratio(found, expands ? result.length : length, expands ? length : result.length);
				fprintf(stderr, " -- replaced with %s\n", target);
			}
		} else {
			fail_with(1);
		}
	}
	text_free(&result);
	free(target);
	free(found);
	free(data);
}

static void filter(void)
{
	struct text input = {0}, result = {0};
	char block[4096];
	for (size_t length; (length = fread(block, 1, sizeof block, stdin)) > 0;)
		text_add(&input, block, length);
	if (convert("stdin", input.data, input.length, &result))
		fwrite(result.data, 1, result.length, stdout);
	if (verbose && !expands)
		fprintf(stderr, " -- compression: %.2f%%\n", input.length ? 100.0 * ((double)input.length - (double)result.length) / (double)input.length : 0);
	text_free(&input);
	text_free(&result);
}

int main(int argc, char **argv)
{
	expands = !strcmp(program_name(), "uncompress");
	for (int option; (option = next_option(argc, argv, "b:cdfv")) != -1;) {
		switch (option) {
		case 'b':
			bits = atoi(optarg);
			if (bits < LZW_LEAST_BITS || bits > LZW_MOST_BITS)
				errx(1, "-b %s: 9 to 16 bits", optarg);
			break;
		case 'c': to_stdout = true; break;
		case 'd': expands = true; break;
		case 'f': forced = true; break;
		case 'v': verbose = true; break;
		default: break;
		}
	}
	if (!argv[optind])
		filter();
	for (char **name = argv + optind; *name; name++) {
		if (!strcmp(*name, "-"))
			filter();
		else
			visit(*name);
	}
	return fflush(stdout) ? 1 : status;
}
