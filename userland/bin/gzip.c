/*
 * gzip: compress files
 * https://man7.org/linux/man-pages/man1/gzip.1.html
 *
 * Aliases: gunzip zcat
 *
 * Usage: gzip [OPTION]... [FILE]...
 *        gunzip [OPTION]... [FILE]...
 *        zcat [FILE]...
 * FILE becomes FILE.gz, and the other way round.
 *   -1 ... -9  quick ... small (6)
 *   -c         to standard output, FILE stays
 *   -d         expand
 *   -f         also to a terminal, over other files, and links
 *   -k         FILE stays
 *   -l         list sizes
 *   -n         without name and time
 *   -N         with name and time, also when expanding
 *   -q         no warnings
 *   -r         files in folders
 *   -S SUFFIX  instead of .gz
 *   -t         only test
 *   -v         say how well
 *   -2, -3, -4, -5, -6, -7, -8   between -1 and -9
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "gzip.h"
#include "lzw.h"
#include "tools.h"

static int level = 6, status;
static bool to_stdout, expands, forced, keeps, lists, quiet, recurses, tests, verbose, has_names = true, restores_name;
static const char *suffix = ".gz";

static void warn_file(const char *name, const char *problem)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s: %s\n", program_name(), name, problem);
	status = 1;
}

/* Something was left out: status 2 unless there was an error. */
static void __attribute__((format(printf, 1, 2))) skip_file(const char *format, ...)
{
	if (!quiet) {
		va_list arguments;
		va_start(arguments, format);
		fprintf(stderr, "%s: ", program_name());
		vfprintf(stderr, format, arguments);
		va_end(arguments);
		fputc('\n', stderr);
	}
	if (!status)
		status = 2;
}

static double ratio(uint64_t compressed, uint64_t whole)
{
	return whole ? 100.0 * ((double)whole - (double)compressed) / (double)whole : 0;
}

static void list_file(FILE *in, const char *name, off_t size, const char *shown)
{
	static bool has_title;
	struct gzip_header header;
	struct gzip_sum sum;
	const char *problem = gzip_read_header(in, &header);
	if (!problem) {
		header.time = UINT32_MAX; /* read already */
		problem = gzip_expand(in, NULL, &header, &sum);
	}
	if (problem) {
		warn_file(name, problem);
		return;
	}
	if (!has_title && !quiet)
		puts("         compressed        uncompressed  ratio uncompressed_name");
	has_title = true;
	/* Header and trailer do not count in the ratio. */
	uint64_t data = (uint64_t)size - 18 - (header.name[0] ? strlen(header.name) + 1 : 0);
	printf("%19lld %19llu %5.1f%% %s\n", (long long)size, (unsigned long long)sum.length, ratio(data, sum.length), shown);
}

/* The name that FILE gets, on the heap; null with a message if it gets none. */
static char *target_name(const char *name)
{
	size_t length = strlen(name), cut = strlen(suffix);
	static const struct {
		const char *suffix, *replaced;
	} KNOWN[] = {{".gz", ""}, {".tgz", ".tar"}, {".taz", ".tar"}, {"-gz", ""}, {".z", ""}, {"-z", ""}, {"_z", ""}, {".Z", ""}};
	bool has_suffix = length > cut && !strcmp(name + length - cut, suffix);
	if (!expands) {
		if (!has_suffix)
			return format_text("%s%s", name, suffix);
		/* A whole tree may be compressed again. */
		if (!recurses)
			skip_file("%s already has %s suffix -- unchanged", name, suffix);
		return NULL;
	}
	if (has_suffix)
		return duplicate_range(name, length - cut);
	for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
		size_t part = strlen(KNOWN[i].suffix);
		if (length > part && !strcmp(name + length - part, KNOWN[i].suffix))
			return format_text("%.*s%s", (int)(length - part), name, KNOWN[i].replaced);
	}
	skip_file("%s: unknown suffix -- ignored", name);
	return NULL;
}

/* Files of compress(1). The two bytes that tell go back. */
static bool begins_as_lzw(FILE *in)
{
	int first = getc(in), second = first == 0x1f ? getc(in) : EOF;
	if (second != EOF)
		ungetc(second, in);
	if (first != EOF)
		ungetc(first, in);
	return first == 0x1f && second == 0x9d;
}

static const char *expand_lzw(FILE *in, FILE *out, struct gzip_sum *sum)
{
	struct text packed = {0}, plain = {0};
	char block[4096];
	for (size_t length; (length = fread(block, 1, sizeof block, in)) > 0;)
		text_add(&packed, block, length);
	const char *problem = ferror(in) ? strerror(errno) : lzw_expand(packed.data, packed.length, &plain);
	sum->length = plain.length;
	if (!problem && out)
		fwrite(plain.data, 1, plain.length, out);
	text_free(&packed);
	text_free(&plain);
	return problem;
}

static bool convert(FILE *in, FILE *out, const char *name, const struct stat *file, struct gzip_sum *sum, struct gzip_header *header)
{
	*sum = (struct gzip_sum){0};
	if (!expands) {
		uint32_t time = file && S_ISREG(file->st_mode) ? (uint32_t)file->st_mtime : 0;
		if (gzip_compress(in, out, file && has_names ? name : NULL, time, level, sum) && !fflush(out))
			return true;
		warn_file(file ? name : "stdin", strerror(errno));
		return false;
	}
	bool is_lzw = header->time != UINT32_MAX && begins_as_lzw(in);
	const char *problem = is_lzw ? expand_lzw(in, tests ? NULL : out, sum) : gzip_expand(in, tests ? NULL : out, header, sum);
	if (!problem && (tests || !fflush(out)))
		return true;
	warn_file(name, problem ? problem : strerror(errno));
	return false;
}

static void report(const char *name, const char *target, uint64_t compressed, uint64_t whole)
{
	if (!verbose)
		return;
	fprintf(stderr, "%s:\t", name);
	if (tests)
		fprintf(stderr, " OK\n");
	else if (target)
		fprintf(stderr, "%5.1f%% -- %s %s\n", ratio(compressed, whole), keeps ? "created" : "replaced with", target);
	else
		fprintf(stderr, "%5.1f%%\n", ratio(compressed, whole));
}

static void convert_stdin(void)
{
	struct gzip_sum sum;
	struct gzip_header header = {0};
	if (lists) {
		list_file(stdin, "stdin", -1, "stdout");
		return;
	}
	if (!forced && !tests && isatty(expands ? STDIN_FILENO : STDOUT_FILENO))
		errx(1, "compressed data not %s a terminal. Use -f to force %scompression.\nFor help, type: %s -h", expands ? "read from" : "written to", expands ? "de" : "", program_name());
	convert(stdin, stdout, "stdin", NULL, &sum, &header);
}

static void convert_file(const char *name);

static void convert_folder(const char *folder)
{
	char **names = folder_names(folder);
	if (!names) {
		warn_file(folder, strerror(errno));
		return;
	}
	for (char **name = names; *name; name++) {
		char *path = path_join(folder, *name);
		convert_file(path);
		free(path);
	}
	free_names(names);
}

static FILE *open_target(const char *target, mode_t mode)
{
	int fd = open(target, O_WRONLY | O_CREAT | O_EXCL, mode & 0600);
	if (fd < 0 && errno == EEXIST) {
		bool replaces = forced || (isatty(STDIN_FILENO) && confirm("%s: %s already exists; do you wish to overwrite (y or n)? ", program_name(), target));
		if (!replaces) {
			skip_file("%s already exists;\tnot overwritten", target);
			return NULL;
		}
		unlink(target);
		fd = open(target, O_WRONLY | O_CREAT | O_EXCL, mode & 0600);
	}
	if (fd < 0) {
		warn_file(target, strerror(errno));
		return NULL;
	}
	return fdopen(fd, "w");
}

/* Mode, owner and times of the file that is replaced. */
static void keep_attributes(FILE *out, const struct stat *file)
{
	struct timespec times[2] = {file->st_atim, file->st_mtim};
	if (fchown(fileno(out), file->st_uid, file->st_gid) && errno != EPERM)
		warn("chown");
	fchmod(fileno(out), file->st_mode & 07777);
	futimens(fileno(out), times);
}

static void convert_to(FILE *in, const char *name, const char *target, const struct stat *file)
{
	struct gzip_sum sum;
	struct gzip_header header = {0};
	struct stat made;
	FILE *out = to_stdout ? stdout : tests ? NULL : open_target(target, file->st_mode);
	if (!out && !tests)
		return;
	bool good = convert(in, out, name, file, &sum, &header);
	if (to_stdout || tests) {
		if (good)
			report(name, NULL, (uint64_t)file->st_size, sum.length);
		return;
	}
	fstat(fileno(out), &made);
	keep_attributes(out, file);
	if (fclose(out) && good) {
		warn_file(target, strerror(errno));
		good = false;
	}
	if (!good) {
		unlink(target);
		return;
	}
	if (!keeps)
		unlink(name);
	report(name, target, (uint64_t)(expands ? file->st_size : made.st_size), sum.length);
}

static char *stored_name(FILE *in, const char *target)
{
	struct gzip_header header;
	const char *problem = gzip_read_header(in, &header);
	rewind(in);
	if (problem || !header.name[0] || strchr(header.name, '/'))
		return duplicate(target);
	const char *base = path_name(target);
	return format_text("%.*s%s", (int)(base - target), target, header.name);
}

static void convert_file(const char *name)
{
	struct stat file;
	if (!strcmp(name, "-")) {
		convert_stdin();
		return;
	}
	char *operand = duplicate(name);
	if ((forced || to_stdout ? stat : lstat)(name, &file) && errno == ENOENT && expands) {
		free(operand);
		operand = format_text("%s%s", name, suffix);
		if ((forced ? stat : lstat)(operand, &file)) {
			free(operand);
			operand = format_text("%s.Z", name); /* of compress */
		}
		if ((forced ? stat : lstat)(operand, &file)) {
			warn_file(name, strerror(ENOENT));
			free(operand);
			return;
		}
	} else if (lstat(name, &file)) {
		warn_file(name, strerror(errno));
		free(operand);
		return;
	}
	stat(operand, &file);
	if (S_ISDIR(file.st_mode)) {
		if (recurses)
			convert_folder(operand);
		else
			skip_file("%s is a directory -- ignored", operand);
		free(operand);
		return;
	}
	/* By force links are followed; a device or a FIFO is not replaced at all. */
	struct stat link;
	int looked = forced ? stat(operand, &link) : lstat(operand, &link);
	if (!to_stdout && !tests && !lists && !looked && !S_ISREG(link.st_mode)) {
		if (S_ISLNK(link.st_mode))
			warn_file(operand, strerror(ELOOP));
		else
			skip_file("%s is not a directory or a regular file - ignored", operand);
		free(operand);
		return;
	}
	/* The other names would go on to have the content as it is. */
	if (!forced && !to_stdout && !tests && !lists && file.st_nlink > 1) {
		skip_file("%s has %lu other link%s -- file ignored", operand, (unsigned long)file.st_nlink - 1, file.st_nlink > 2 ? "s" : "");
		free(operand);
		return;
	}
	char *target = to_stdout || tests || (lists && !strstr(operand, suffix)) ? duplicate(operand) : target_name(operand);
	FILE *in = target ? fopen(operand, "r") : NULL;
	if (target && !in)
		warn_file(operand, strerror(errno));
	if (in && lists) {
		list_file(in, operand, file.st_size, target);
	} else if (in) {
		if (restores_name && expands) {
			char *stored = stored_name(in, target);
			free(target);
			target = stored;
		}
		convert_to(in, operand, target, &file);
	}
	if (in)
		fclose(in);
	free(target);
	free(operand);
}

static void read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"stdout", no_argument, NULL, 'c'}, {"decompress", no_argument, NULL, 'd'}, {"uncompress", no_argument, NULL, 'd'}, {"force", no_argument, NULL, 'f'},
		{"keep", no_argument, NULL, 'k'}, {"list", no_argument, NULL, 'l'}, {"no-name", no_argument, NULL, 'n'}, {"name", no_argument, NULL, 'N'},
		{"quiet", no_argument, NULL, 'q'}, {"recursive", no_argument, NULL, 'r'}, {"suffix", required_argument, NULL, 'S'}, {"test", no_argument, NULL, 't'},
		{"verbose", no_argument, NULL, 'v'}, {"fast", no_argument, NULL, '1'}, {"best", no_argument, NULL, '9'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "123456789cdfklnNqrS:tv", longs)) != -1;) {
		switch (option) {
		case 'c': to_stdout = true; break;
		case 'd': expands = true; break;
		case 'f': forced = true; break;
		case 'k': keeps = true; break;
		case 'l': lists = expands = true; break;
		case 'n': has_names = restores_name = false; break;
		case 'N': has_names = restores_name = true; break;
		case 'q': quiet = true; break;
		case 'r': recurses = true; break;
		case 'S': suffix = optarg; break;
		case 't': tests = expands = true; break;
		case 'v': verbose = true; break;
		default: level = option - '0';
		}
	}
}

int main(int argc, char **argv)
{
	expands = strcmp(program_name(), "gzip") != 0;
	to_stdout = !strcmp(program_name(), "zcat");
	read_options(argc, argv);
	if (!argv[optind])
		convert_stdin();
	for (char **operand = argv + optind; *operand; operand++)
		convert_file(*operand);
	if (fflush(stdout))
		err(1, "stdout");
	return status;
}
