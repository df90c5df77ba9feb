/*
 * tour: a walk through the system, one step for each of its parts
 * Hartix: named by the welcome line; the text is /usr/share/hartix/tour
 *
 * Usage: tour [STEP]
 * Shows one step after the other. At its prompt Enter goes on, b goes back, a number goes to that
 * step, r runs the next of its examples, q leaves; anything else is run as a command.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools.h"

enum { MOST_STEPS = 32 };

static char *text;
static char *steps[MOST_STEPS]; /* where each begins: behind the "# " of its title */
static int step_count;
static const char *example; /* from here on is what r runs */

static void read_text(const char *name)
{
	struct text all = {0};
	char block[4096];
	size_t got;
	FILE *file = fopen(name, "re");
	if (!file)
		err(1, "%s", name);
	while ((got = fread(block, 1, sizeof block, file)) > 0)
		text_add(&all, block, got);
	fclose(file);
	text = text_take(&all);
	for (char *line = text; line && step_count < MOST_STEPS;) {
		if (!strncmp(line, "# ", 2)) {
			if (line > text)
				line[-1] = 0; /* ends the step before */
			steps[step_count++] = line + 2;
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (!step_count)
		errx(1, "%s: no steps", name);
}

/* The title in bold, commands (lines that begin with "$ ") in colour. */
static void show_step(int step)
{
	bool colours = isatty(1);
	const char *line = example = steps[step];
	for (bool title = true; line && *line; title = false) {
		size_t length = strcspn(line, "\n");
		bool command = !strncmp(line, "$ ", 2);
		if (title)
			printf("\n%s%d/%d  %.*s%s\n\n", colours ? "\033[1m" : "", step + 1, step_count,
				   (int)length, line, colours ? "\033[0m" : "");
		else
			printf("%s%.*s%s\n", command ? colours ? "    \033[36m" : "    " : "",
				   (int)length - 2 * command, line + 2 * command,
				   command && colours ? "\033[0m" : "");
		line += length + (line[length] != 0);
	}
}

static void run_command(const char *command)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		warn("cannot run it");
	else
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
}

/* r: the next line of the step that begins with "$ ", as if it was typed. */
static void run_example(void)
{
	const char *mark = strstr(example, "\n$ ");
	if (!mark) {
		puts("That was the last example.");
		return;
	}
	size_t length = strcspn(mark + 3, "\n");
	char *command = duplicate_range(mark + 3, length);
	example = mark + 3 + length;
	printf("%s\n", command);
	run_command(command);
	free(command);
}

/* What the typed line asks for: the step to show, the same one (-1: do not show again), or -2:
 * leave. */
static int take_line(char *line, int step)
{
	line[strcspn(line, "\n")] = 0;
	char *word = line + strspn(line, " \t");
	if (!*word || !strcmp(word, "n"))
		return step + 1 < step_count ? step + 1 : -2;
	if (!strcmp(word, "q") || !strcmp(word, "exit"))
		return -2;
	if (!strcmp(word, "b"))
		return step > 0 ? step - 1 : 0;
	if (isdigit((unsigned char)*word) && !word[strspn(word, "0123456789")]) {
		int number = atoi(word);
		return number >= 1 && number <= step_count ? number - 1 : step;
	}
	if (!strcmp(word, "r"))
		run_example();
	else
		run_command(word);
	return -1;
}

static void was_continued(int signal)
{
	(void)signal; /* ends the wait for a line: fg shows the prompt again */
}

/* False at the end of the input. */
static bool ask(char **line, size_t *size)
{
	for (;;) {
		printf("\n[Enter: next, r: run, b: back, q: leave, or a command] tour> ");
		fflush(stdout);
		errno = 0;
		if (getline(line, size, stdin) >= 0)
			return true;
		if (errno != EINTR)
			return false;
		clearerr(stdin);
	}
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	struct sigaction continued = {.sa_handler = was_continued};
	while (next_option(argc, argv, "") != -1)
		continue;
	read_text("/usr/share/hartix/tour");
	int step = optind < argc ? atoi(argv[optind]) - 1 : 0;
	if (step < 0 || step >= step_count)
		usage_error("there are %d steps", step_count);
	sigaction(SIGCONT, &continued, NULL);
	show_step(step);
	while (ask(&line, &size)) {
		int next = take_line(line, step);
		if (next == -2)
			break;
		if (next >= 0)
			show_step(step = next);
	}
	putchar('\n');
	free(line);
	free(text);
	return 0;
}
