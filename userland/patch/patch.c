/*
 * patch: apply what diff wrote
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/patch.html
 *
 * Usage: patch [OPTION]... [FILE [PATCH]]
 *   -b          keep the old file as FILE.orig
 *   -c -e -n -u the patch is a context, ed, normal or unified one (else by its looks)
 *   -d DIR      change to DIR first
 *   -D NAME     what goes and what comes both stay, for the C preprocessor: the new where NAME is defined
 *   -E          remove files that are empty afterwards
 *   -F LINES    give up so many lines of context (2)
 *   -f          do not ask; -t as well
 *   -i PATCH    read it from a file
 *   -l          any blanks equal any others
 *   -N          skip what seems applied already
 *   -o FILE     write the result there
 *   -p N        cut N leading folders from names
 *   -R          the other way round
 *   -r FILE     what does not fit goes there, not to FILE.rej
 *   -s          say only what goes wrong
 *       --dry-run   change nothing
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "patch.h"
#include "tools.h"

static bool keeps_original, removes_empty, asks_nothing, loose_blanks, skips_applied, is_reverse, is_quiet, is_dry;
static const char *output, *reject_file, *condition;
enum { DRY_RUN = 256 };

static long long strip = -1, fuzz_limit = 2;

/* The name without its first `strip` folders; without -p only the last part counts. */
static const char *stripped(const char *name)
{
	if (strip < 0)
		return path_name(name);
	for (long long left = strip; left > 0; left--) {
		const char *slash = strchr(name, '/');
		if (!slash)
			return NULL;
		name = slash + strspn(slash, "/");
	}
	return name;
}

/* A patch must not reach out of the folder it is applied in. */
static bool is_safe(const char *name)
{
	if (*name == '/')
		return false;
	for (const char *at = name; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
		if (!strncmp(at, "..", 2) && (at[2] == '/' || !at[2]))
			return false;
	return true;
}

/* The file that is meant: one that is there; else the one that is made. Null if none fits. */
static const char *choose_file(const struct file_patch *patch)
{
	const char *names[] = {patch->old_name, patch->new_name, patch->index_name}, *best = NULL;
	for (int i = 0; i < 3; i++) {
		const char *name = names[i] && strcmp(names[i], "/dev/null") ? stripped(names[i]) : NULL;
		if (!name || !*name)
			continue;
		if (!is_safe(name)) {
			warnx("Ignoring potentially dangerous file name %s", name);
			continue;
		}
		if (!access(name, F_OK) && (!best || strlen(name) < strlen(best)))
			best = name;
	}
	for (int i = 1; !best && i >= 0; i--)
		if (names[i] && strcmp(names[i], "/dev/null") && stripped(names[i]) && is_safe(stripped(names[i])))
			best = stripped(names[i]);
	return best;
}

/* Where it was found; tries the hunk with more and more fuzz. */
static bool place_hunk(struct lines *lines, const struct hunk *hunk, size_t expected, size_t first, size_t *at, size_t *fuzz)
{
	for (*fuzz = 0; (long long)*fuzz <= fuzz_limit; ++*fuzz)
		if (patch_find(lines, hunk, expected, first, *fuzz, loose_blanks, at))
			return true;
	return false;
}

static size_t expected_line(const struct hunk *hunk, long offset)
{
	/* The line of a hunk without old lines is the one before it. */
	long line = (long)hunk->old_start - (hunk->old_count > 0) + offset;
	return line > 0 ? (size_t)line : 0;
}

static bool is_applied_already(struct lines *lines, struct file_patch *patch)
{
	size_t at, fuzz;
	if (!patch->count || place_hunk(lines, &patch->hunks[0], expected_line(&patch->hunks[0], 0), 0, &at, &fuzz))
		return false;
	patch_reverse(patch);
	bool fits = patch_find(lines, &patch->hunks[0], expected_line(&patch->hunks[0], 0), 0, 0, loose_blanks, &at);
	patch_reverse(patch);
	return fits;
}

static void report_hunk(size_t number, size_t line, long offset, size_t fuzz)
{
	if (is_quiet || (!offset && !fuzz))
		return;
	printf("Hunk #%zu succeeded at %zu", number, line);
	if (fuzz)
		printf(" with fuzz %zu", fuzz);
	if (offset)
		printf(" (offset %ld line%s)", offset, offset == 1 || offset == -1 ? "" : "s");
	puts(".");
}

static size_t apply_hunks(struct lines *lines, const struct file_patch *patch, bool *rejected, bool *is_inexact)
{
	size_t failed = 0, first = 0;
	long offset = 0, growth = 0;
	for (size_t i = 0; i < patch->count; i++) {
		const struct hunk *hunk = &patch->hunks[i];
		size_t expected = expected_line(hunk, offset + growth), at, fuzz;
		rejected[i] = !place_hunk(lines, hunk, expected, first, &at, &fuzz);
		if (rejected[i]) {
			printf("Hunk #%zu FAILED at %zu.\n", i + 1, hunk->old_start);
			failed++;
			continue;
		}
		offset += (long)at - (long)expected;
		*is_inexact |= offset || fuzz;
		struct hunk merged = condition ? patch_merge(hunk, condition) : *hunk;
		size_t before = lines->count;
		first = patch_apply(lines, &merged, at, fuzz);
		report_hunk(i + 1, at + (hunk->old_count > 0 || !at), offset, fuzz);
		growth += (long)lines->count - (long)before;
		if (condition)
			patch_free_hunk(&merged);
	}
	return failed;
}

static void save_rejects(const struct file_patch *patch, const char *file, size_t failed, const bool *rejected)
{
	char *name = reject_file ? duplicate(reject_file) : format_text("%s.rej", file);
	printf("%zu out of %zu hunk%s FAILED", failed, patch->count, patch->count == 1 ? "" : "s");
	printf(is_dry || !strcmp(name, "-") ? "\n" : " -- saving rejects to file %s\n", name);
	FILE *out = is_dry || !strcmp(name, "-") ? NULL : fopen(name, "w");
	if (out) {
		patch_write_rejects(out, patch, rejected);
		fclose(out);
	}
	free(name);
}

static void save_original(const char *file)
{
	char *name = format_text("%s.orig", file);
	if (rename(file, name) && errno == ENOENT) {
		FILE *empty = fopen(name, "w");
		if (empty)
			fclose(empty);
	}
	free(name);
}

/* A patch that did not fit exactly leaves the old file, as GNU's does: is_mismatch. */
static void save_result(const struct file_patch *patch, const char *file, const struct lines *lines, bool is_mismatch)
{
	struct stat status;
	bool existed = !stat(file, &status);
	const char *target = output ? output : file;
	if (is_dry)
		return;
	if (!lines->count && !output && (removes_empty || patch->deletes)) {
		if (keeps_original)
			save_original(file);
		else
			unlink(file);
		return;
	}
	if ((keeps_original || (is_mismatch && existed)) && !output)
		save_original(file);
	if (!existed)
		make_folders(file, false, 0777, false);
	FILE *out = !strcmp(target, "-") ? stdout : fopen(target, "w");
	if (!out)
		err(2, "%s", target);
	patch_store(out, lines);
	if (existed && out != stdout)
		fchmod(fileno(out), status.st_mode & 07777);
	if (out == stdout ? fflush(out) : fclose(out))
		err(2, "%s", target);
}

/* ed does what an ed script says, and ours has no shell escape behind it. */
static bool apply_script(const struct file_patch *patch, const char *file)
{
	FILE *editor = popen(format_text("ed -s -- '%s'", file), "w");
	if (!editor)
		err(2, "ed");
	fprintf(editor, "%sw\nq\n", patch->script);
	return pclose(editor) == 0;
}

/* One file's part; false if a hunk was rejected. */
static bool apply_patch(struct file_patch *patch, const char *named)
{
	/* The name comes from the patch as it is: of two that are there, GNU's takes the first with -R too. */
	const char *file = named ? named : choose_file(patch);
	if (is_reverse)
		patch_reverse(patch);
	if (!file) {
		printf("can't find file to patch\nSkipping patch.\n");
		return false;
	}
	if (!is_quiet)
		printf(output ? "%s file %s (read from %s)\n" : "%s file %s\n", is_dry ? "checking" : "patching", output ? output : file, file);
	if (patch->script)
		return apply_script(patch, file);
	struct lines lines;
	if (!patch_load(file, &lines) && errno != ENOENT)
		err(2, "%s", file);
	size_t failed = 0;
	bool *rejected = allocate((patch->count + 1) * sizeof *rejected);
	bool is_applied = is_applied_already(&lines, patch);
	if (is_applied && (skips_applied || asks_nothing || !isatty(STDIN_FILENO))) {
		printf("Reversed (or previously applied) patch detected!  Skipping patch.\n");
		for (failed = 0; failed < patch->count; failed++)
			rejected[failed] = true;
		printf("%zu out of %zu hunk%s ignored", failed, patch->count, patch->count == 1 ? "" : "s");
		char *name = reject_file ? duplicate(reject_file) : format_text("%s.rej", file);
		FILE *out = is_dry ? NULL : fopen(name, "w");
		printf(out ? " -- saving rejects to file %s\n" : "\n", name);
		if (out) {
			patch_write_rejects(out, patch, rejected);
			fclose(out);
		}
		free(name);
	} else {
		if (is_applied && confirm("Reversed (or previously applied) patch detected!  Assume -R? [n] "))
			patch_reverse(patch);
		bool is_inexact = false;
		failed = apply_hunks(&lines, patch, rejected, &is_inexact);
		if (failed)
			save_rejects(patch, file, failed, rejected);
		if (failed < patch->count || (failed && lines.count && !output))
			save_result(patch, file, &lines, is_inexact || failed);
	}
	free(rejected);
	patch_free_lines(&lines);
	return !failed;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"dry-run", no_argument, NULL, DRY_RUN}, {"ifdef", required_argument, NULL, 'D'}, {"backup", no_argument, NULL, 'b'}, {"directory", required_argument, NULL, 'd'}, {"input", required_argument, NULL, 'i'},
		{"output", required_argument, NULL, 'o'}, {"strip", required_argument, NULL, 'p'}, {"reverse", no_argument, NULL, 'R'}, {"forward", no_argument, NULL, 'N'},
		{"fuzz", required_argument, NULL, 'F'}, {"force", no_argument, NULL, 'f'}, {"quiet", no_argument, NULL, 's'}, {"silent", no_argument, NULL, 's'},
		{"reject-file", required_argument, NULL, 'r'}, {"ignore-whitespace", no_argument, NULL, 'l'}, {"remove-empty-files", no_argument, NULL, 'E'}, {0}};
	enum style style = ANY_STYLE;
	const char *folder = NULL, *input_name = NULL;
	usage_status = 2;
	for (int option; (option = next_long_option(argc, argv, "bcd:D:eEF:fi:lNno:p:Rr:stu", longs)) != -1;) {
		switch (option) {
		case 'b': keeps_original = true; break;
		case 'c': style = CONTEXT; break;
		case 'd': folder = optarg; break;
		case 'D': condition = optarg; break;
		case 'e': style = ED; break;
		case 'E': removes_empty = true; break;
		case 'F': fuzz_limit = parse_integer(optarg, "fuzz factor"); break;
		case 'f': case 't': asks_nothing = true; break;
		case 'i': input_name = optarg; break;
		case 'l': loose_blanks = true; break;
		case 'N': skips_applied = true; break;
		case 'n': style = NORMAL; break;
		case 'o': output = optarg; break;
		case 'p': strip = parse_integer(optarg, "strip count"); break;
		case 'R': is_reverse = true; break;
		case 'r': reject_file = optarg; break;
		case 's': is_quiet = true; break;
		case 'u': style = UNIFIED; break;
		default: is_dry = true;
		}
	}
	if (argc - optind > 2)
		usage_error("extra operand '%s'", argv[optind + 2]);
	if (folder && chdir(folder))
		err(2, "Can't change to directory %s", folder);
	if (argc - optind == 2)
		input_name = argv[optind + 1];
	struct patch_input input = {.stream = input_name && strcmp(input_name, "-") ? fopen(input_name, "r") : stdin};
	if (!input.stream)
		err(2, "**** Can't open patch file %s", input_name);
	struct file_patch patch;
	bool good = true, found = false;
	patch_advance(&input);
	while (patch_read(&input, style, &patch)) {
		found = true;
		good &= apply_patch(&patch, argv[optind]);
		patch_free(&patch);
	}
	if (!found)
		errx(2, "**** Only garbage was found in the patch input.");
	return !good;
}
