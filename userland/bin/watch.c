/*
 * watch: run a command again and again and show its output
 * https://man7.org/linux/man-pages/man1/watch.1.html
 *
 * Usage: watch [-egtx] [-n SECONDS] COMMAND [ARG]...
 *   -e   end if the command fails
 *   -g   end when the output changes
 *   -n SECONDS   between two runs (2)
 *   -t   no title
 *   -x   run the command itself, not through sh
 * q ends it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "numbers.h"
#include "screen.h"
#include "tools.h"

static bool direct;

/* Output of the command, both streams; its status in *status. */
static struct text run(char **words, const char *line, int *status)
{
	int ends[2];
	struct text output = {0};
	char block[4096];
	text_string(&output, "");
	if (pipe(ends))
		err(1, "pipe");
	pid_t child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (direct)
			execvp(words[0], words);
		else
			execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		warn("%s", words[0]);
		_exit(127);
	}
	close(ends[1]);
	for (ssize_t length; (length = read(ends[0], block, sizeof block)) > 0;)
		text_add(&output, block, (size_t)length);
	close(ends[0]);
	waitpid(child, status, 0);
	return output;
}

static void draw(const struct text *output, const char *line, double interval, bool title)
{
	int columns, rows, row = 0;
	terminal_size(STDOUT_FILENO, &columns, &rows);
	fputs("\033[H\033[J", stdout);
	if (title) {
		char clock[32], *left = format_text("Every %.1fs: %s", interval, line);
		time_t now = time(NULL);
		struct tm local;
		localtime_r(&now, &local);
		strftime(clock, sizeof clock, "%a %b %e %H:%M:%S %Y", &local);
		int gap = columns - (int)strlen(clock) - 1; /* below 0: there is no room for the time */
		if (gap >= 0)
			printf("%-*.*s %s", gap, gap, left, clock);
		fputs("\n\n", stdout);
		free(left);
		row = 2;
	}
	const char *at = output->data;
	for (; *at && row < rows; row++) {
		size_t length = strcspn(at, "\n");
		int used = 0;
		for (size_t i = 0, size; i < length; i += size) {
			uint32_t code = utf8_decode(at + i, length - i, &size);
			int width = code == '\t' ? 8 - used % 8 : code < 32 ? 0 : utf8_columns(code);
			if ((used += width) > columns)
				break;
			fwrite(at + i, 1, size, stdout);
		}
		at += length + (at[length] == '\n');
		if (*at && row + 1 < rows)
			putchar('\n');
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"errexit", no_argument, NULL, 'e'}, {"chgexit", no_argument, NULL, 'g'}, {"interval", required_argument, NULL, 'n'},
		{"no-title", no_argument, NULL, 't'}, {"exec", no_argument, NULL, 'x'}, {0}};
	double interval = 2;
	bool until_failure = false, until_change = false, title = true;
	for (int option; (option = next_long_option(argc, argv, "+egn:tx", longs)) != -1;) {
		switch (option) {
		case 'e': until_failure = true; break;
		case 'g': until_change = true; break;
		case 'n': interval = parse_duration(optarg, 1); break;
		case 't': title = false; break;
		default: direct = true;
		}
	}
	if (!argv[optind])
		usage_error("missing command");
	struct text line = {0}, before = {0};
	for (char **word = argv + optind; *word; word++) {
		text_string(&line, *word);
		text_string(&line, word[1] ? " " : "");
	}
	if (interval < 0.1)
		interval = 0.1;
	if (isatty(STDIN_FILENO))
		screen_begin(STDIN_FILENO);
	for (int status = 0;;) {
		struct text output = run(argv + optind, line.data, &status);
		draw(&output, line.data, interval, title);
		bool changed = before.data && strcmp(before.data, output.data);
		if ((until_change && changed) || (until_failure && status)) {
			putchar('\n');
			return until_failure && status ? 8 : 0;
		}
		text_free(&before);
		before = output;
		int key = screen_key((int)(interval * 1000));
		if (key == 'q') {
			putchar('\n');
			return 0;
		}
		if (key == KEY_END_OF_INPUT)
			nanosleep(&(struct timespec){(time_t)interval, (long)((interval - (double)(time_t)interval) * 1e9)}, NULL);
	}
}
