/*
 * compress, uncompress: files become shorter by adaptive Lempel-Ziv coding, or as gzip's
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/compress.html
 *
 * Aliases: uncompress
 *
 * Usage: compress [-cdfv] [-b VALUE] [-g | -m WAY] [FILE]...
 *        uncompress [-cfv] [FILE]...
 * FILE becomes FILE.Z where that is shorter, FILE.gz with -g, and the other way round.
 *   -b VALUE  longest code, 9 to 16 bits (16); with -g 1 (quick) to 9 (small)
 *   -c        to standard output, FILE stays
 *   -d        expand
 *   -f        over other files, and where nothing is saved
 *   -g        as -m gzip
 *   -m WAY    lzw, or deflate or gzip
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
#include "gzip.h"
#include "lzw.h"
#include "tools.h"

static bool to_stdout, expands, forced, verbose, as_gzip;
static int value, status; /* of -b; 0: the usual one */

static void fail_with(int value)
{
	if (status != 1)
		status = value;
}

/* The other name of a file, on the heap, or null after a message. */
static char *other_name(const char *name)
{
	static const char *const suffixes[] = {".Z", ".gz"};
	size_t length = strlen(name), cut = 0;
	for (int i = 0; i < 2; i++) {
		size_t size = strlen(suffixes[i]);
		bool counts = expands || i == as_gzip;
		if (counts && length > size && !strcmp(name + length - size, suffixes[i]))
			cut = size;
	}
	if (!expands && cut) {
		warnx("%s: already has %s suffix -- no change", name, suffixes[as_gzip]);
		fail_with(1);
		return NULL;
	}
	if (!expands)
		return format_text("%s%s", name, suffixes[as_gzip]);
	return duplicate_range(name, length - cut);
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

/* Null, or what is wrong. */
static const char *convert_gzip(const char *data, size_t length, struct text *result)
{
	char *bytes = NULL;
	size_t size = 0;
	struct gzip_sum sum = {0};
	struct gzip_header header = {0};
	FILE *in = length ? fmemopen((void *)data, length, "r") : fopen("/dev/null", "r"), *out = open_memstream(&bytes, &size);
	if (!in || !out)
		err(1, "memory");
	const char *problem = expands                                                         ? gzip_expand(in, out, &header, &sum)
						  : gzip_compress(in, out, NULL, 0, value ? value : 6, &sum) ? NULL
																					 : strerror(errno);
	fclose(in);
	fclose(out);
	text_add(result, bytes, size);
	free(bytes);
	return problem;
}

static bool convert(const char *name, const char *data, size_t length, struct text *result)
{
	if (!expands && !as_gzip) {
		lzw_compress(data, length, value ? value : LZW_MOST_BITS, result);
		return true;
	}
	bool is_gzip = as_gzip || (length > 1 && !memcmp(data, "\x1f\x8b", 2));
	const char *problem = is_gzip ? convert_gzip(data, length, result) : lzw_expand(data, length, result);
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
			warnx("%s: no .Z or .gz suffix", found);
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
	for (int option; (option = next_option(argc, argv, "b:cdfgm:v")) != -1;) {
		switch (option) {
		case 'b': value = atoi(optarg); break;
		case 'c': to_stdout = true; break;
		case 'd': expands = true; break;
		case 'f': forced = true; break;
		case 'g': as_gzip = true; break;
		case 'm':
			as_gzip = !strcmp(optarg, "gzip") || !strcmp(optarg, "deflate");
			if (!as_gzip && strcmp(optarg, "lzw"))
				errx(3, "-m %s: lzw, deflate or gzip", optarg);
			break;
		default: verbose = true; break;
		}
	}
	int least = as_gzip ? 1 : LZW_LEAST_BITS, most = as_gzip ? 9 : LZW_MOST_BITS;
	if (value && (value < least || value > most))
		errx(1, "-b %d: %d to %d", value, least, most);
	as_gzip &= !expands;
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
