/* The command line of a command: getopt_long(3) with GNU's wording of misuse. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

enum { HELP = 0x7f01, LONG_LIMIT = 64 };

int usage_status = 1;

noreturn void usage_error(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vwarnx(format, arguments);
	va_end(arguments);
	fprintf(stderr, "Try '%s --help' for more information.\n", program_name());
	exit(usage_status);
}

static noreturn void print_usage(void)
{
	const struct applet *applet = find_applet(program_name());
	fputs(applet ? applet->usage : "", stdout);
	exit(fflush(stdout) ? 1 : 0);
}

/* The table of the command and --help behind it. */
static void with_help(struct option table[LONG_LIMIT], const struct option *long_options)
{
	int count = 0;
	while (long_options && long_options[count].name && count < LONG_LIMIT - 2) {
		table[count] = long_options[count];
		count++;
	}
	table[count++] = (struct option){"help", no_argument, NULL, HELP};
	table[count] = (struct option){0};
}

/* getopt_long refused the word before optind, or the letter optopt in a cluster. */
static noreturn void refuse(const char *word, const struct option *table, bool wants_argument)
{
	if (strncmp(word, "--", 2)) {
		if (wants_argument)
			usage_error("option requires an argument -- '%c'", optopt);
		usage_error("invalid option -- '%c'", optopt);
	}
	int length = (int)strcspn(word + 2, "=");
	if (wants_argument)
		usage_error("option '--%.*s' requires an argument", length, word + 2);
	for (; table->name; table++)
		if (!strncmp(table->name, word + 2, (size_t)length) && !table->name[length])
			usage_error("option '--%s' doesn't allow an argument", table->name);
	usage_error("unrecognized option '%s'", word);
}

int next_long_option(int argc, char **argv, const char *options, const struct option *long_options)
{
	struct option table[LONG_LIMIT];
	char letters[160];
	bool plus = options[0] == '+';
	snprintf(letters, sizeof letters, "%s:%s", plus ? "+" : "", options + plus);
	with_help(table, long_options);
	opterr = 0;
	int option = getopt_long(argc, argv, letters, table, NULL);
	if (option == HELP)
		print_usage();
	if (option == '?' || option == ':')
		/* musl counts a missing last argument, so that the word may be the null at the end. */
		refuse(optind > 0 && argv[optind - 1] ? argv[optind - 1] : "", table, option == ':');
	return option;
}

int next_option(int argc, char **argv, const char *options)
{
	return next_long_option(argc, argv, options, NULL);
}
