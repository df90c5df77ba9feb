/*
 * tput: control the terminal from scripts
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/tput.html
 *
 * Usage: tput [-T TYPE] CAPABILITY [PARAMETER]... | tput -S
 *   -S        the capabilities stand on standard input, one a line
 *   -T TYPE   of the terminal, in place of TERM
 * clear init reset; cols lines colors longname;
 * bold dim smul rmul rev blink smso rmso sgr0 setaf N setab N op;
 * cup ROW COLUMN home cuu1 cud1 cuf1 cub1 cuu N cud N cuf N cub N sc rc; el el1 ed il1 dl1 dch N;
 * civis cnorm smcup rmcup bel cr ht. The sequences are those of xterm; a dumb terminal has only bel, cr and cud1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

enum { UNKNOWN_TERMINAL = 3, UNKNOWN_CAPABILITY = 4, NO_CAPABILITY = 1 };

/* In `text` %d is a parameter, %i one that is counted from 1. */
static const struct capability {
	const char *name, *text;
} capabilities[] = {{"clear", "\033[H\033[2J\033[3J"}, {"init", "\033[!p\033[?3;4l\033[4l\033>"}, {"reset", "\033c\033[!p\033[?3;4l\033[4l\033>"},
	{"bold", "\033[1m"}, {"dim", "\033[2m"}, {"smul", "\033[4m"}, {"rmul", "\033[24m"}, {"rev", "\033[7m"}, {"blink", "\033[5m"},
	{"smso", "\033[7m"}, {"rmso", "\033[27m"}, {"sitm", "\033[3m"}, {"ritm", "\033[23m"}, {"invis", "\033[8m"}, {"sgr0", "\033(B\033[m"},
	{"op", "\033[39;49m"}, {"cup", "\033[%i;%iH"}, {"home", "\033[H"}, {"cuu1", "\033[A"}, {"cud1", "\n"}, {"cuf1", "\033[C"},
	{"cub1", "\b"}, {"cuu", "\033[%dA"}, {"cud", "\033[%dB"}, {"cuf", "\033[%dC"}, {"cub", "\033[%dD"}, {"hpa", "\033[%iG"},
	{"vpa", "\033[%id"}, {"sc", "\0337"}, {"rc", "\0338"}, {"el", "\033[K"}, {"el1", "\033[1K"}, {"ed", "\033[J"}, {"il1", "\033[L"},
	{"dl1", "\033[M"}, {"il", "\033[%dL"}, {"dl", "\033[%dM"}, {"dch", "\033[%dP"}, {"dch1", "\033[P"}, {"ich", "\033[%d@"},
	{"civis", "\033[?25l"}, {"cnorm", "\033[?12l\033[?25h"}, {"smcup", "\033[?1049h\033[22;0;0t"}, {"rmcup", "\033[?1049l\033[23;0;0t"},
	{"bel", "\a"}, {"cr", "\r"}, {"ht", "\t"}, {"hts", "\033H"}, {"tbc", "\033[3g"}, {"csr", "\033[%i;%ir"}};

static bool is_dumb;
static const char *type;

/* setaf and setab: 30 to 37, 90 to 97, or of the 256. */
static void set_colour(long colour, int base)
{
	if (colour < 8)
		printf("\033[%ldm", base + colour);
	else if (colour < 16)
		printf("\033[%ldm", base + 60 + colour - 8);
	else
		printf("\033[%d;5;%ldm", base + 8, colour);
}

static void expand(const char *text, char **parameters)
{
	for (; *text; text++) {
		if (*text != '%') {
			putchar(*text);
			continue;
		}
		long value = *parameters ? strtol(*parameters++, NULL, 10) : 0;
		printf("%ld", value + (*++text == 'i'));
	}
}

/* What is a number or a name. False if `name` is none of these. */
static bool print_property(const char *name)
{
	int columns, rows;
	terminal_size(isatty(1) || !isatty(2) ? 1 : 2, &columns, &rows);
	if (!strcmp(name, "cols"))
		printf("%d\n", columns);
	else if (!strcmp(name, "lines"))
		printf("%d\n", rows);
	else if (!strcmp(name, "colors"))
		printf("%d\n", is_dumb ? -1 : strstr(type, "256color") ? 256 : 8);
	else if (!strcmp(name, "longname"))
		printf("%s", is_dumb ? "80-column dumb tty" : "xterm terminal emulator");
	else if (!strcmp(name, "it"))
		puts("8");
	else
		return false;
	return true;
}

/* How many of the operands behind `name` belong to it. */
static int parameters_of(const char *name, char **operands)
{
	int count = !strcmp(name, "setaf") || !strcmp(name, "setab"), given = 0;
	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
		for (const char *at = strcmp(capabilities[i].name, name) ? NULL : strchr(capabilities[i].text, '%'); at; at = strchr(at + 1, '%'))
			count++;
	while (given < count && operands[given])
		given++;
	return given;
}

static int put(const char *name, char **parameters)
{
	static const char *const plain[] = {"bel", "cr", "cud1"};
	if (print_property(name))
		return 0;
	bool sets_front = !strcmp(name, "setaf");
	if (sets_front || !strcmp(name, "setab")) {
		if (!is_dumb)
			set_colour(*parameters ? strtol(*parameters, NULL, 10) : 0, sets_front ? 30 : 40);
		return is_dumb ? NO_CAPABILITY : 0;
	}
	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++) {
		if (strcmp(capabilities[i].name, name))
			continue;
		bool has = !is_dumb;
		for (size_t p = 0; p < sizeof plain / sizeof *plain; p++)
			has |= !strcmp(plain[p], name);
		if (has)
			expand(capabilities[i].text, parameters);
		return has || !strcmp(name, "init") || !strcmp(name, "reset") ? 0 : NO_CAPABILITY;
	}
	warnx("unknown terminfo capability '%s'", name);
	return UNKNOWN_CAPABILITY;
}

static int put_lines(void)
{
	char *line = NULL;
	size_t capacity = 0;
	int status = 0;
	while (getline(&line, &capacity, stdin) > 0 && status != UNKNOWN_CAPABILITY) {
		char *words[12] = {0};
		int count = 0;
		for (char *word = strtok(line, " \t\n"); word && count < 11; word = strtok(NULL, " \t\n"))
			words[count++] = word;
		if (count)
			status = put(words[0], words + 1);
	}
	free(line);
	return status;
}

int main(int argc, char **argv)
{
	bool reads = false;
	usage_status = 2;
	type = getenv("TERM");
	for (int option; (option = next_option(argc, argv, "+ST:")) != -1;) {
		if (option == 'S')
			reads = true;
		else
			type = optarg;
	}
	if (!type || !*type)
		errx(2, "No value for $TERM and no -T specified");
	is_dumb = !strcmp(type, "dumb");
	static const char *const known[] = {"xterm", "linux", "screen", "tmux", "vt100", "vt102", "vt220", "rxvt", "ansi", "alacritty", "foot", "kitty"};
	bool is_known = is_dumb;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		is_known |= !strncmp(type, known[i], strlen(known[i]));
	if (!is_known) {
		warnx("unknown terminal \"%s\"", type);
		return UNKNOWN_TERMINAL;
	}
	if (reads)
		return put_lines();
	if (!argv[optind])
		usage_error("missing operand");
	int status = 0;
	for (char **operand = argv + optind; *operand && status <= NO_CAPABILITY;) {
		int result = put(*operand, operand + 1);
		status = result ? result : status;
		operand += 1 + parameters_of(*operand, operand + 1);
	}
	return status;
}
