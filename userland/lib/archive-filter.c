#include "archive-filter.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools.h"

static pid_t filter;
static const char *filter_name;

static const struct {
	const char *program, *magic;
	size_t length;
	const char *suffixes[4];
} KNOWN[] = {
	{"gzip", "\x1f\x8b", 2, {".gz", ".tgz", ".taz", NULL}},
	{"bzip2", "BZh", 3, {".bz2", ".tbz", ".tbz2", NULL}},
	{"xz", "\xfd"
	       "7zXZ",
	 5, {".xz", ".txz", NULL}},
	{"zstd", "\x28\xb5\x2f\xfd", 4, {".zst", ".tzst", NULL}},
};

const char *filter_for(const char *archive)
{
	size_t length = strlen(archive);
	for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
		for (const char *const *suffix = KNOWN[i].suffixes; *suffix; suffix++)
			if (length > strlen(*suffix) && !strcmp(archive + length - strlen(*suffix), *suffix))
				return KNOWN[i].program;
	return NULL;
}

/* Looks at the first bytes of a file; a pipe cannot be read twice. */
static const char *program_in(FILE *archive)
{
	char start[8] = {0};
	ssize_t length = pread(fileno(archive), start, sizeof start, 0);
	for (size_t i = 0; length > 0 && i < sizeof KNOWN / sizeof *KNOWN; i++)
		if ((size_t)length >= KNOWN[i].length && !memcmp(start, KNOWN[i].magic, KNOWN[i].length))
			return KNOWN[i].program;
	return NULL;
}

/* `plain` is the child's end of the archive itself, `pipe_end` its end of the pipe. */
static noreturn void run_filter(const char *program, bool creating, int plain, int pipe_end)
{
	dup2(creating ? pipe_end : plain, STDIN_FILENO);
	dup2(creating ? plain : pipe_end, STDOUT_FILENO);
	char *words[16];
	int count = 0;
	char *copy = duplicate(program);
	for (char *word = strtok(copy, " "); word && count < 14; word = strtok(NULL, " "))
		words[count++] = word;
	if (!creating)
		words[count++] = "-d";
	words[count] = NULL;
	execvp(words[0], words);
	err(usage_status, "%s: Cannot exec", words[0]);
}

FILE *filter_open(FILE *archive, bool creating, const char *program)
{
	int ends[2];
	if (!program && !creating)
		program = program_in(archive);
	if (!program)
		return archive;
	if (pipe(ends))
		err(usage_status, "pipe");
	fflush(NULL);
	filter = fork();
	if (filter < 0)
		err(usage_status, "fork");
	if (!filter) {
		close(ends[!creating ? 0 : 1]);
		run_filter(program, creating, fileno(archive), ends[creating ? 0 : 1]);
	}
	/* A program that ends early is an error to be told, not the end. */
	signal(SIGPIPE, SIG_IGN);
	filter_name = program;
	close(ends[creating ? 0 : 1]);
	fclose(archive);
	return fdopen(ends[creating ? 1 : 0], creating ? "w" : "r");
}

void filter_close(FILE *archive, const char *name)
{
	bool failed = fclose(archive) != 0;
	int status = 0;
	if (filter > 0)
		waitpid(filter, &status, 0);
	if (failed)
		err(usage_status, "%s: Cannot write", name);
	/* A reader that had enough before the end ends the program by a signal. */
	if (WIFEXITED(status) && WEXITSTATUS(status))
		errx(usage_status, "%s: Child returned status %d", filter_name, WEXITSTATUS(status));
}
