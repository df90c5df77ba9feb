/*
 * sed: edit a stream of lines
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sed.html
 *
 * Usage: sed [OPTION]... SCRIPT [FILE]...
 *   -e, --expression SCRIPT  add SCRIPT to the commands
 *   -E, -r                   extended regular expressions
 *   -f, --file FILE          add the contents of FILE to the commands
 *   -i, --in-place[=SUFFIX]  edit files in place; keep the old one as FILE SUFFIX
 *   -l, --line-length N      where l folds lines (70; 0: nowhere)
 *   -n, --quiet              print only what p prints
 *   -s, --separate           files are separate, not one long stream
 *   -u, --unbuffered         lines are written as they come
 *   -z, --null-data          lines end with NUL
 * Addresses: N $ /RE/ \cREc FIRST~STEP, two of them with a comma, ADDR,+N ADDR,~N; ! negates.
 * Commands: { } = a b c d D e F g G h H i l n N p P q Q r R s t T v w W x y z : #
 * Flags of s: e g p i m w N; replacements know & \1 ... \9 \n \u \l \U \L \E.
 */
#include "sed.h"

#include <getopt.h>
#include <string.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

struct sed_options sed_flag = {.ending = '\n', .line_length = 70};

static void add_script(struct text *script, const char *part)
{
	if (script->length)
		text_char(script, '\n');
	text_string(script, part);
}

static void add_file(struct text *script, const char *name)
{
	size_t length;
	char *data = read_file(strcmp(name, "-") ? name : "/dev/stdin", &length);
	if (!data)
		err(1, "couldn't open file %s", name);
	if (length && data[length - 1] == '\n')
		data[length - 1] = 0;
	add_script(script, data);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"expression", required_argument, NULL, 'e'}, {"regexp-extended", no_argument, NULL, 'E'},
		{"file", required_argument, NULL, 'f'}, {"in-place", optional_argument, NULL, 'i'},
		{"line-length", required_argument, NULL, 'l'}, {"quiet", no_argument, NULL, 'n'}, {"silent", no_argument, NULL, 'n'},
		{"separate", no_argument, NULL, 's'}, {"unbuffered", no_argument, NULL, 'u'}, {"null-data", no_argument, NULL, 'z'}, {0}};
	struct text script = {0};
	struct sed_program program = {0};
	bool given = false;
	for (int option; (option = next_long_option(argc, argv, "e:Ef:i::l:nrsuz", longs)) != -1;) {
		switch (option) {
		case 'e': add_script(&script, optarg), given = true; break;
		case 'f': add_file(&script, optarg), given = true; break;
		case 'E':
		case 'r': sed_flag.extended = true; break;
		case 'i': sed_flag.in_place = sed_flag.separate = true, sed_flag.suffix = optarg; break;
		case 'l': sed_flag.line_length = (int)parse_integer(optarg, "line length"); break;
		case 'n': sed_flag.quiet = true; break;
		case 's': sed_flag.separate = true; break;
		case 'u': setvbuf(stdout, NULL, _IOLBF, 0); break;
		default: sed_flag.ending = 0;
		}
	}
	if (!given) {
		if (!argv[optind])
			usage_error("no script specified");
		add_script(&script, argv[optind++]);
	}
	const char *source = script.data ? script.data : "";
	/* A first line of #n is the option -n, wherever the script comes from. */
	sed_flag.quiet |= !strcmp(source, "#n") || !strncmp(source, "#n\n", 3);
	sed_parse(source, &program);
	return sed_execute(&program, argv + optind);
}
