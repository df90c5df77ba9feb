/*
 * awk: scan for patterns and process text
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/awk.html
 *
 * Usage: awk [-F FS] [-v NAME=VALUE]... 'PROGRAM' [FILE | NAME=VALUE]...
 *        awk [-F FS] [-v NAME=VALUE]... -f PROGFILE... [FILE | NAME=VALUE]...
 *   -F FS          the field separator
 *   -f PROGFILE    the program is in PROGFILE
 *   -v NAME=VALUE  set a variable before BEGIN
 * Functions: length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand
 * srand tolower toupper system close fflush systime.
 */
#include "awk.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

extern char **environ;

static void define_specials(void)
{
	static const char *const names[] = {"NF", "NR", "FNR", "FS", "OFS", "ORS", "RS", "FILENAME", "SUBSEP", "RSTART", "RLENGTH", "CONVFMT", "OFMT", "ENVIRON", "ARGC", "ARGV"};
	static const struct {
		enum awk_special which;
		const char *text;
	} texts[] = {{AWK_FS, " "}, {AWK_OFS, " "}, {AWK_ORS, "\n"}, {AWK_RS, "\n"}, {AWK_SUBSEP, "\034"}, {AWK_CONVFMT, "%.6g"}, {AWK_OFMT, "%.6g"}, {AWK_FILENAME, ""}};
	for (int i = 0; i < AWK_SPECIALS; i++)
		awk_global(names[i]);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		awk_globals[texts[i].which].value = awk_text(texts[i].text, strlen(texts[i].text));
	awk_globals[AWK_NR].value = awk_globals[AWK_FNR].value = awk_globals[AWK_NF].value = awk_number(0);
	awk_globals[AWK_RSTART].value = awk_number(0);
	awk_globals[AWK_RLENGTH].value = awk_number(-1);
}

static void set_element(struct awk_array *array, const char *key, size_t length, const char *value)
{
	struct awk_string *name = awk_string(key, length);
	*awk_array_at(array, name) = awk_input(value, strlen(value));
	awk_drop(name);
}

static void set_arguments(int count, char **words)
{
	char number[16];
	struct awk_array *arguments = awk_cell_array(&awk_globals[AWK_ARGV]), *environment = awk_cell_array(&awk_globals[AWK_ENVIRON]);
	set_element(arguments, "0", 1, "awk");
	for (int i = 0; i < count; i++)
		set_element(arguments, number, (size_t)snprintf(number, sizeof number, "%d", i + 1), words[i]);
	awk_globals[AWK_ARGC].value = awk_number(count + 1);
	for (char **variable = environ; *variable; variable++) {
		size_t length = strcspn(*variable, "=");
		if ((*variable)[length])
			set_element(environment, *variable, length, *variable + length + 1);
	}
}

static void add_program(struct text *program, const char *name)
{
	char *text = read_file(strcmp(name, "-") ? name : "/dev/stdin", NULL);
	if (!text)
		err(2, "can't open file %s", name);
	text_string(program, text);
	text_char(program, '\n');
	free(text);
}

int main(int argc, char **argv)
{
	struct text program = {0};
	usage_status = 2;
	define_specials();
	for (int option; (option = next_option(argc, argv, "+F:f:v:")) != -1;) {
		if (option == 'F') {
			struct awk_string *separator = awk_unescape(strcmp(optarg, "t") ? optarg : "\t", strcmp(optarg, "t") ? strlen(optarg) : 1);
			awk_set_global(AWK_FS, awk_own(separator));
		} else if (option == 'f') {
			add_program(&program, optarg);
		} else if (awk_is_assignment(optarg)) {
			awk_assign_operand(optarg);
		} else {
			usage_error("improper assignment: -v %s", optarg);
		}
	}
	if (!program.data) {
		if (!argv[optind])
			usage_error("no program given");
		text_string(&program, argv[optind++]);
	}
	set_arguments(argc - optind, argv + optind);
	awk_lex_begin(program.data);
	awk_parse();
	return awk_run();
}
