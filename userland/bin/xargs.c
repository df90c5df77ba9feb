/*
 * xargs: build and run command lines from standard input
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/xargs.html
 *
 * Usage: xargs [OPTION]... [COMMAND [ARG]...]
 * Runs COMMAND (echo by default) with arguments read from standard input.
 *   -0, --null            arguments end with NUL, nothing is special
 *   -a, --arg-file FILE   read from FILE
 *   -d, --delimiter CHAR  arguments end at CHAR, nothing is special
 *   -E STRING             an argument that ends the input
 *   -I STRING             replace STRING in ARGs by each input line
 *   -L N                  at most N input lines for each command
 *   -n, --max-args N      at most N arguments for each command
 *   -p, --interactive     ask before each command
 *   -P, --max-procs N     up to N commands at a time
 *   -r, --no-run-if-empty do not run COMMAND without arguments
 *   -s, --max-chars N     at most N bytes for each command line
 *   -t, --verbose         print each command line on standard error
 *   -x, --exit            exit if a command line is too long
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

enum { BYTES_LIMIT = 131072, ARGUMENTS_LIMIT = 30000 };

static int delimiter = -1;
static const char *end_word, *placeholder;
static long most_lines, most_arguments, most_processes = 1;
static size_t most_bytes = BYTES_LIMIT;
static bool ask, not_if_empty, verbose, must_fit;

static char **command;
static int command_length;
static char *arguments[ARGUMENTS_LIMIT];
static long count, lines;
static size_t bytes;
static int status, running;
static FILE *input;

static void run(void);

/* As GNU: what is complete still runs. */
static noreturn void refuse_quote(int quote)
{
	warnx("unmatched %s quote; by default quotes are special to xargs unless you use the -0 option", quote == '"' ? "double" : "single");
	if (count)
		run();
	exit(1);
}

/* Reads a word; false at the end. *line_ended: a newline came right after it. */
static bool read_word(struct text *word, bool *line_ended)
{
	int c, quote = 0;
	bool any = false;
	text_clear(word);
	*line_ended = false;
	while ((c = getc(input)) != EOF) {
		if (delimiter >= 0) {
			if (c == delimiter)
				return true;
		} else if (quote) {
			if (c == '\n')
				refuse_quote(quote);
			if (c == quote) {
				quote = 0;
				continue;
			}
		} else if (c == '\'' || c == '"') {
			quote = c;
			any = true;
			continue;
		} else if (c == '\\') {
			c = getc(input);
			if (c == EOF)
				break;
		} else if (placeholder ? c == '\n' : isspace(c)) {
			*line_ended = c == '\n';
			if (any)
				return true;
			continue;
		} else if (placeholder && !any && isblank(c)) {
			continue;
		}
		any = true;
		text_char(word, (char)c);
	}
	/* The last word may be half of one. */
	if (ferror(input))
		err(1, "read error");
	if (quote)
		refuse_quote(quote);
	*line_ended = true;
	return any;
}

static void collect(void)
{
	int result;
	pid_t child;
	while ((child = wait(&result)) < 0 && errno == EINTR)
		continue;
	if (child < 0)
		return;
	running--;
	int code = WIFEXITED(result) ? WEXITSTATUS(result) : 0;
	if (WIFSIGNALED(result)) {
		warnx("%s: terminated by signal %d", command[0], WTERMSIG(result));
		status = 125;
	} else if (code == 255) {
		warnx("%s: exited with status 255; aborting", command[0]);
		exit(124);
	} else if (code == 126 || code == 127) {
		exit(code);
	} else if (code) {
		status = 123;
	}
}

static bool agreed(char **line)
{
	for (char **word = line; *word && (verbose || ask); word++)
		fprintf(stderr, "%s%s", *word, word[1] ? " " : ask ? " ?..." : "\n");
	if (!ask)
		return true;
	FILE *terminal = fopen("/dev/tty", "r");
	int answer = terminal ? getc(terminal) : 'n';
	if (terminal)
		fclose(terminal);
	return answer == 'y' || answer == 'Y';
}

static void start(char **line)
{
	if (!agreed(line))
		return;
	while (running >= most_processes && most_processes > 0)
		collect();
	fflush(stdout);
	pid_t child = fork();
	if (child < 0)
		err(1, "cannot fork");
	if (child == 0) {
		int null = input == stdin ? open("/dev/null", O_RDONLY) : -1;
		if (null >= 0)
			dup2(null, STDIN_FILENO);
		execvp(line[0], line);
		int failure = errno == ENOENT ? 127 : 126;
		warn("%s", line[0]);
		_exit(failure);
	}
	running++;
	if (most_processes == 1)
		collect();
}

/* Runs the command with what has been gathered. */
static void run(void)
{
	char **line = allocate(sizeof *line * (size_t)(command_length + count + 1));
	memcpy(line, command, sizeof *line * (size_t)command_length);
	memcpy(line + command_length, arguments, sizeof *line * (size_t)count);
	line[command_length + count] = NULL;
	start(line);
	free(line);
	for (long i = 0; i < count; i++)
		free(arguments[i]);
	count = lines = 0;
	bytes = 0;
}

static char *replace(const char *text, const char *value)
{
	struct text result = {0};
	text_string(&result, "");
	for (const char *found; (found = strstr(text, placeholder)); text = found + strlen(placeholder)) {
		text_add(&result, text, (size_t)(found - text));
		text_string(&result, value);
	}
	text_string(&result, text);
	return result.data;
}

static void run_with_replacement(const char *value)
{
	char **line = allocate(sizeof *line * (size_t)(command_length + 1));
	for (int i = 0; i < command_length; i++)
		line[i] = replace(command[i], value);
	line[command_length] = NULL;
	start(line);
	for (int i = 0; i < command_length; i++)
		free(line[i]);
	free(line);
}

static void add(const char *word)
{
	size_t size = strlen(word) + 1, fixed = 0;
	for (int i = 0; i < command_length; i++)
		fixed += strlen(command[i]) + 1;
	if (fixed + size > most_bytes)
		errx(1, "argument line too long");
	if (count && (fixed + bytes + size > most_bytes || count == ARGUMENTS_LIMIT)) {
		if (must_fit || most_lines)
			errx(1, "argument list too long");
		run();
	}
	arguments[count++] = duplicate(word);
	bytes += size;
	if (most_arguments && count >= most_arguments)
		run();
}

static int parse_delimiter(const char *text)
{
	static const char letters[] = "abfnrtv0\\", values[] = "\a\b\f\n\r\t\v\0\\";
	if (text[0] == '\\' && text[1] && !text[2]) {
		const char *found = strchr(letters, text[1]);
		if (found)
			return (unsigned char)values[found - letters];
	}
	if (!text[0] || text[1])
		errx(1, "invalid input delimiter specification %s: the delimiter must be a single character or an escape sequence", text);
	return (unsigned char)text[0];
}

static long positive(const char *text, char option, long least)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (end == text || *end)
		errx(1, "invalid number \"%s\" for -%c option", text, option);
	if (value < least)
		errx(1, "value %s for -%c option should be >= %ld", text, option, least);
	return value;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"null", no_argument, NULL, '0'}, {"arg-file", required_argument, NULL, 'a'}, {"delimiter", required_argument, NULL, 'd'},
		{"max-args", required_argument, NULL, 'n'}, {"interactive", no_argument, NULL, 'p'},
		{"max-procs", required_argument, NULL, 'P'}, {"no-run-if-empty", no_argument, NULL, 'r'},
		{"max-chars", required_argument, NULL, 's'}, {"verbose", no_argument, NULL, 't'}, {"exit", no_argument, NULL, 'x'}, {0}};
	static char *echo[] = {"echo", NULL};
	input = stdin;
	for (int option; (option = next_long_option(argc, argv, "+0a:d:E:I:L:n:pP:rs:tx", longs)) != -1;) {
		switch (option) {
		case '0': delimiter = 0; break;
		case 'a':
			input = fopen(optarg, "re");
			if (!input)
				err(1, "Cannot open input file '%s'", optarg);
			break;
		case 'd': delimiter = parse_delimiter(optarg); break;
		case 'E': end_word = *optarg ? optarg : NULL; break;
		case 'I': placeholder = optarg; break;
		case 'L': most_lines = positive(optarg, 'L', 1); break;
		case 'n': most_arguments = positive(optarg, 'n', 1); break;
		case 'p': ask = true; break;
		case 'P': most_processes = positive(optarg, 'P', 0); break;
		case 'r': not_if_empty = true; break;
		case 's': most_bytes = (size_t)positive(optarg, 's', 1); break;
		case 't': verbose = true; break;
		case 'x': must_fit = true; break;
		default: break;
		}
	}
	command = argv[optind] ? argv + optind : echo;
	while (command[command_length])
		command_length++;
	struct text word = {0};
	bool any = false, line_ended;
	while (read_word(&word, &line_ended)) {
		if (end_word && !strcmp(word.data, end_word))
			break;
		any = true;
		if (placeholder) {
			run_with_replacement(word.data);
			continue;
		}
		add(word.data);
		if (most_lines && line_ended && ++lines >= most_lines)
			run();
	}
	if (!placeholder && (count || (!any && !not_if_empty)))
		run();
	while (running)
		collect();
	return status;
}
