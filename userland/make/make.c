/*
 * make: bring files up to date
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/make.html
 *
 * Usage: make [OPTION]... [NAME=VALUE]... [TARGET]...
 *   -B        everything is out of date
 *   -C DIR    change to DIR first
 *   -e        macros of the environment win
 *   -f FILE   instead of makefile or Makefile
 *   -i        errors of commands do not matter
 *   -j [N]    accepted: one command runs at a time
 *   -k        after an error go on with what does not need it
 *   -n        only print the commands
 *   -p        print macros and rules
 *   -q        only say by the status whether there is something to do
 *   -r        no built-in rules
 *   -s        do not print the commands
 *   -t        touch targets instead
 *   -S, --stop          end the effect of -k
 *   -w                  accepted, without effect
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "make.h"
#include "tools.h"

struct make_options make_flag;

static struct make_words files, goals, folders;
static struct text passed; /* MAKEFLAGS: letters of the options for makes below */

static void read_option(int option, char *argument)
{
	switch (option) {
	case 'B': make_flag.always = true; break;
	case 'C': make_add_word(&folders, argument); return;
	case 'e': make_flag.environment_first = true; break;
	case 'f': make_add_word(&files, argument); return;
	case 'i': make_flag.ignores_errors = true; break;
	case 'k': make_flag.keeps_going = true; break;
	case 'n': make_flag.is_dry = true; break;
	case 'p': make_flag.prints = true; break;
	case 'q': make_flag.asks = true; break;
	case 'r': make_flag.no_defaults = true; break;
	case 's': make_flag.is_silent = true; break;
	case 'S': make_flag.keeps_going = false; return;
	case 't': make_flag.touches = true; break;
	default: return; /* -j, -w, --no-print-directory */
	}
	text_char(&passed, (char)option);
}

static void read_arguments(int argc, char **argv)
{
	static const struct option longs[] = {
		{"always-make", no_argument, NULL, 'B'}, {"directory", required_argument, NULL, 'C'}, {"environment-overrides", no_argument, NULL, 'e'},
		{"file", required_argument, NULL, 'f'}, {"makefile", required_argument, NULL, 'f'}, {"ignore-errors", no_argument, NULL, 'i'},
		{"jobs", required_argument, NULL, 'j'}, {"keep-going", no_argument, NULL, 'k'}, {"just-print", no_argument, NULL, 'n'}, {"dry-run", no_argument, NULL, 'n'},
		{"print-data-base", no_argument, NULL, 'p'}, {"question", no_argument, NULL, 'q'}, {"no-builtin-rules", no_argument, NULL, 'r'}, {"silent", no_argument, NULL, 's'},
		{"quiet", no_argument, NULL, 's'}, {"touch", no_argument, NULL, 't'}, {"no-print-directory", no_argument, NULL, 'w'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "BC:ef:ij:knpqrsStw", longs)) != -1;)
		read_option(option, optarg);
	for (char **operand = argv + optind; *operand; operand++)
		if (!make_parse_assignment(*operand, ORIGIN_COMMAND_LINE))
			make_add_word(&goals, *operand);
}

/* Letters alone, as an upper make passes them; then macros. */
static void read_flags(const char *flags)
{
	struct make_words words = {0};
	make_split(&words, flags);
	for (size_t i = 0; i < words.count; i++) {
		if (make_parse_assignment(words.items[i], ORIGIN_COMMAND_LINE))
			continue;
		for (const char *letter = words.items[i]; *letter; letter++)
			if (strchr("Beiknpqrst", *letter))
				read_option(*letter, NULL);
	}
	make_free_words(&words);
}

static void read_environment(char **environment)
{
	for (; *environment; environment++) {
		char *equals = strchr(*environment, '=');
		if (!equals || !strncmp(*environment, "MAKEFLAGS=", 10) || !strncmp(*environment, "SHELL=", 6))
			continue;
		char *name = duplicate_range(*environment, (size_t)(equals - *environment));
		make_define(name, equals + 1, ORIGIN_ENVIRONMENT, true);
		free(name);
	}
}

static void read_makefiles(void)
{
	static const char *const NAMES[] = {"GNUmakefile", "makefile", "Makefile"};
	for (size_t i = 0; i < files.count; i++)
		make_read(files.items[i], false);
	for (size_t i = 0; !files.count && i < sizeof NAMES / sizeof *NAMES; i++)
		if (!access(NAMES[i], F_OK)) {
			make_read(NAMES[i], false);
			return;
		}
}

int main(int argc, char **argv)
{
	extern char **environ;
	const char *flags = getenv("MAKEFLAGS");
	usage_status = 2;
	read_environment(environ);
	text_string(&passed, "");
	if (flags)
		read_flags(flags);
	read_arguments(argc, argv);
	for (size_t i = 0; i < folders.count; i++)
		if (chdir(folders.items[i]))
			err(2, "%s", folders.items[i]);
	if (!make_flag.no_defaults)
		make_read_text(make_default_rules, "built-in");
	make_define("MAKE", argv[0], ORIGIN_FILE, true);
	make_define("CURDIR", getcwd(NULL, 0), ORIGIN_FILE, true);
	make_define("SHELL", "/bin/sh", ORIGIN_FILE, true);
	setenv("MAKEFLAGS", passed.data, 1);
	read_makefiles();
	if (make_flag.prints) {
		make_print_macros();
		make_print_rules();
	}
	if (!goals.count && make_goal)
		make_add_word(&goals, make_goal);
	if (!goals.count)
		make_stop(NULL, 0, files.count ? "No targets" : "No targets specified and no makefile found");
	bool good = true;
	for (size_t i = 0; i < goals.count && (good || make_flag.keeps_going); i++)
		good &= make_build(goals.items[i]);
	fflush(stdout);
	return good ? make_flag.asks && make_is_outdated : 2;
}
