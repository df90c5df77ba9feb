/*
 * more: show files a screen at a time
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/more.html
 *
 * Usage: more [-cdefilsu] [-n LINES] [-p COMMAND] [-t NAME] [+NUM] [FILE]...
 *   -c           clear the screen instead of scrolling
 *   -d           the prompt says which keys there are
 *   -e           end behind the last line: it always does
 *   -f           a long line counts as one
 *   -i           searches ignore case
 *   -l           a form feed is no stop
 *   -n LINES     that a screen has
 *   -p COMMAND   at the start of each file: NUMBERg or /RE
 *   -s           empty lines in a row are one
 *   -t NAME      first the file where the file tags says that NAME is (see ctags), from its line on
 *   -u           backspaces are shown as ^H
 * Space shows the next screen, return the next line, q ends, = says the line, /RE finds.
 */
#include <ctype.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "regular.h"
#include "screen.h"
#include "tags.h"
#include "tools.h"

static int left; /* lines until the next stop */
static long number, skip;
static regex_t wanted;
static bool searching, finished;
static struct {
	bool clears, helps, logical, ignores_case, passes_feeds, squeezes, shows_backspaces;
	int rows; /* 0: what the terminal has */
	const char *command, *tag;
} flag;

static void screen_size(int *columns, int *rows)
{
	terminal_size(STDOUT_FILENO, columns, rows);
	if (flag.rows)
		*rows = flag.rows + 1;
}

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
	searching = *text.data && !regular_compile(&wanted, text.data, REG_NOSUB | (flag.ignores_case ? REG_ICASE : 0));
	text_free(&text);
}

/* Waits for a key at the end of a screen. */
static void stop(const char *name, long done, long size, int rows)
{
	printf(size > 0 ? "\033[7m--More--(%ld%%)" : "\033[7m--More--", size > 0 ? done * 100 / size : 0);
	fputs(flag.helps ? "[Press space to continue, 'q' to quit.]\033[m" : "\033[m", stdout);
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
	fputs(flag.clears ? "\033[H\033[2J" : "\r\033[K", stdout);
}

/* -p: "100g" or "/RE", for each file anew. */
static void run_command(void)
{
	const char *command = flag.command;
	skip = 0;
	if (*command == '/')
		searching = !regular_compile(&wanted, command + 1, REG_NOSUB | (flag.ignores_case ? REG_ICASE : 0));
	else
		skip = atol(command);
}

static void put_line(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\b' && flag.shows_backspaces)
			fputs("^H", stdout);
		else
			putchar(line[i]);
	}
}

static int show(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	long done = 0, size = -1;
	int columns, rows;
	bool was_empty = false;
	number = flag.command ? 0 : number;
	if (flag.command)
		run_command();
	if (input != stdin && !fseek(input, 0, SEEK_END)) {
		size = ftell(input);
		rewind(input);
	}
	for (long length; !finished && (length = getline(&line, &capacity, input)) >= 0;) {
		number++;
		done += length;
		bool is_empty = length == 1;
		bool is_squeezed = flag.squeezes && is_empty && was_empty;
		was_empty = is_empty;
		if (is_squeezed || number < skip || (searching && regular_find(&wanted, line, 0, NULL, 0)))
			continue;
		if (searching) {
			screen_size(&columns, &rows);
			puts("...skipping");
			left = rows - 2;
			searching = false;
		}
		screen_size(&columns, &rows);
		int needed = flag.logical ? 1 : 1 + (columns_of(line, (size_t)length) - 1) / columns;
		bool feeds = !flag.passes_feeds && *line == '\f' && number > 1;
		if (left < needed || feeds)
			stop(name, done - length, size, rows);
		if (finished)
			break;
		put_line(line, (size_t)length);
		left -= needed;
	}
	free(line);
	return 0;
}

static const char *next_line_of(void *context)
{
	static char *line;
	static size_t capacity;
	return read_line(context, &line, &capacity, NULL) < 0 ? NULL : line;
}

/* -t: the file with the name, from its line on. */
static int show_tag(const char *name)
{
	struct tag_place place;
	if (!tag_find("tags", name, 0, &place))
		errx(1, "%s is not in the file tags", name);
	FILE *file = open_input(place.file);
	if (!file)
		return 1;
	int line = tag_line_number(place.address, next_line_of, file);
	if (!line)
		errx(1, "%s: the line of %s is not there any more", place.file, name);
	rewind(file);
	number = 0;
	skip = line;
	show(file, place.file);
	skip = 0;
	fclose(file);
	return 0;
}

/* -t's file, then those of the operands; standard input where there is neither. */
static int show_all(char **operands)
{
	int result = flag.tag ? show_tag(flag.tag) : 0;
	return flag.tag && !*operands ? result : result | each_input(operands, show);
}

int main(int argc, char **argv)
{
	int columns, rows;
	if (argc > 1 && argv[1][0] == '+' && isdigit((unsigned char)argv[1][1])) {
		skip = atol(argv[1] + 1);
		argv[1] = argv[0];
		argc--, argv++;
	}
	for (int option; (option = next_option(argc, argv, "cdefiln:p:st:u")) != -1;) {
		switch (option) {
		case 'c': flag.clears = true; break;
		case 'd': flag.helps = true; break;
		case 'f': flag.logical = true; break;
		case 'i': flag.ignores_case = true; break;
		case 'l': flag.passes_feeds = true; break;
		case 'n': flag.rows = (int)parse_integer(optarg, "number of lines"); break;
		case 'p': flag.command = optarg; break;
		case 's': flag.squeezes = true; break;
		case 't': flag.tag = optarg; break;
		case 'u': flag.shows_backspaces = true; break;
		default: break;
		}
	}
	if (!isatty(STDOUT_FILENO)) {
		left = 1 << 30;
		flag.passes_feeds = true;
		number = 0;
		return show_all(argv + optind);
	}
	int terminal = open("/dev/tty", O_RDONLY);
	screen_begin(terminal < 0 ? STDERR_FILENO : terminal);
	screen_size(&columns, &rows);
	left = rows - 1;
	return show_all(argv + optind);
}
