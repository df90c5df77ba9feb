/* Runs: sorted parts of an input that takes more memory than sort may use, put aside in files without a name and merged. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sort.h"
#include "tools.h"

struct run {
	FILE *file;
	struct sort_line line; /* the next one; text null: the end */
	size_t capacity;
};

static struct run *runs;
static size_t run_count;
static const char *folder;

void sort_spill_to(const char *path)
{
	folder = path;
}

size_t sort_runs(void)
{
	return run_count;
}

static FILE *scratch(void)
{
	const char *chosen = folder ? folder : getenv("TMPDIR");
	char *name = format_text("%s/sortXXXXXX", chosen && *chosen ? chosen : "/tmp");
	int fd = mkstemp(name);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!file)
		err(2, "cannot create temporary file in '%s'", chosen && *chosen ? chosen : "/tmp");
	unlink(name);
	free(name);
	return file;
}

/* A line is its length and its bytes. */
void sort_spill(const struct sort_line *lines, size_t count)
{
	FILE *file = scratch();
	for (size_t i = 0; i < count; i++)
		if (fwrite(&lines[i].length, sizeof lines[i].length, 1, file) != 1 || fwrite(lines[i].text, 1, lines[i].length, file) != lines[i].length)
			err(2, "write failed");
	if (fflush(file) || fseek(file, 0, SEEK_SET))
		err(2, "write failed");
	runs = reallocate(runs, (run_count + 1) * sizeof *runs);
	runs[run_count++] = (struct run){.file = file};
}

static void advance(struct run *run)
{
	size_t length;
	if (fread(&length, sizeof length, 1, run->file) != 1) {
		run->line.text = NULL;
		return;
	}
	if (length >= run->capacity) {
		run->capacity = length * 2 + 64;
		run->line.text = reallocate(run->line.text, run->capacity);
	}
	if (fread(run->line.text, 1, length, run->file) != length)
		err(2, "read failed");
	run->line.text[length] = 0;
	run->line.length = length;
}

void sort_merge(int (*compare)(const struct sort_line *, const struct sort_line *), void (*put)(const struct sort_line *))
{
	for (size_t i = 0; i < run_count; i++)
		advance(&runs[i]);
	for (;;) {
		struct run *first = NULL;
		/* Of equal lines that of the earlier run, which was read earlier. */
		for (size_t i = 0; i < run_count; i++)
			if (runs[i].line.text && (!first || compare(&runs[i].line, &first->line) < 0))
				first = &runs[i];
		if (!first)
			return;
		put(&first->line);
		advance(first);
	}
}
