/*
 * more: show files a screen at a time
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/more.html
 *
 * Usage: more [+NUM] [FILE]...
 *   -c, -d, -e, -f, -i, -l, -s, -u   accepted, without effect
 *   -n NUMBER, -p COMMAND            accepted, without effect
 * Space shows the next screen, return the next line, q ends, = says the line, /RE finds.
 */
#include <ctype.h>
#include <fcntl.h>
#include <getopt.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "screen.h"
#include "tools.h"

static int left; /* lines until the next stop */
static long number, skip;
static regex_t wanted;
static bool searching, finished;

static int columns_of(const char *line, size_t length)
{
	int used = 0;
	for (size_t i = 0, size; i < length; i += size) {
		uint32_t code = utf8_decode(line + i, length - i, &size);
		used += code == '\t' ? 8 - used % 8 : code < 32 ? 0 : utf8_columns(code);
	}
	return used;
}

static void ask_pattern(void)
{
	struct text text = {0};
	text_string(&text, "");
	for (;;) {
		printf("\r\033[K/%s", text.data);
		fflush(stdout);
		int key = screen_key(-1);
		if (key == '\n' || key == '\r')
			break;
		if ((key == 127 || key == 8) && text.length)
			text.data[--text.length] = 0;
		else if (key >= 32 && key < 256 && key != 127)
			text_char(&text, (char)key);
		else if (key < 0 || key == 27)
			return;
	}
	searching = *text.data && !regcomp(&wanted, text.data, REG_NOSUB);
	text_free(&text);
}

/* Waits for a key at the end of a screen. */
static void stop(const char *name, long done, long size, int rows)
{
	printf(size > 0 ? "\033[7m--More--(%ld%%)\033[m" : "\033[7m--More--\033[m", size > 0 ? done * 100 / size : 0);
	for (left = 0; !left && !finished;) {
		fflush(stdout);
		int key = screen_key(-1);
		if (key == ' ' || key == 'f' || key == KEY_PAGE_DOWN)
			left = rows - 1;
		else if (key == 'd')
			left = rows / 2;
		else if (key == '\n' || key == '\r' || key == 'j' || key == KEY_DOWN)
			left = 1;
		else if (key == 'q' || key == 'Q' || key == KEY_END_OF_INPUT || key == 3)
			finished = true;
		else if (key == '=')
			printf("\r\033[K%s line %ld", name, number);
		else if (key == '/') {
			ask_pattern();
			left = searching ? 1 : 0;
		}
	}
	fputs("\r\033[K", stdout);
}

static int show(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	long done = 0, size = -1;
	int columns, rows;
	if (input != stdin && !fseek(input, 0, SEEK_END)) {
		size = ftell(input);
		rewind(input);
	}
	for (long length; !finished && (length = getline(&line, &capacity, input)) >= 0;) {
		number++;
		done += length;
		if (number < skip || (searching && regexec(&wanted, line, 0, NULL, 0)))
			continue;
		if (searching) {
			terminal_size(STDOUT_FILENO, &columns, &rows);
			puts("...skipping");
			left = rows - 2;
			searching = false;
		}
		terminal_size(STDOUT_FILENO, &columns, &rows);
		int needed = 1 + (columns_of(line, (size_t)length) - 1) / columns;
		if (left < needed)
			stop(name, done - length, size, rows);
		if (finished)
			break;
		fwrite(line, 1, (size_t)length, stdout);
		left -= needed;
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	int columns, rows;
	if (argc > 1 && argv[1][0] == '+' && isdigit((unsigned char)argv[1][1])) {
		skip = atol(argv[1] + 1);
		argv[1] = argv[0];
		argc--, argv++;
	}
	while (next_option(argc, argv, "cdefilnpsu") != -1)
		continue;
	if (!isatty(STDOUT_FILENO)) {
		left = 1 << 30;
		number = 0;
		return each_input(argv + optind, show);
	}
	int terminal = open("/dev/tty", O_RDONLY);
	screen_begin(terminal < 0 ? STDERR_FILENO : terminal);
	terminal_size(STDOUT_FILENO, &columns, &rows);
	left = rows - 1;
	return each_input(argv + optind, show);
}
