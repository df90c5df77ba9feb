/*
 * m4: expand macros
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/m4.html
 *
 * Usage: m4 [-Ps] [-D NAME[=VALUE]]... [-I DIR]... [-L N] [-U NAME]... [FILE]...
 *   -D, --define NAME[=VALUE]   define a macro
 *   -I, --include DIR           include() looks there too
 *   -L, --nesting-limit N       levels of macros in arguments (1024)
 *   -P, --prefix-builtins       built-in macros are called m4_...
 *   -s, --synclines             with #line directives
 *   -U, --undefine NAME         forget a macro
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "m4.h"
#include "numbers.h"

/* -D and -U take effect in their order, after the prefix is known. */
static struct change {
	char kind;
	const char *text;
} *changes;
static size_t change_count;

static void keep(int kind, const char *text)
{
	changes = reallocate(changes, (change_count + 1) * sizeof *changes);
	changes[change_count++] = (struct change){(char)kind, text};
}

static void apply(const struct change *change)
{
	const char *equals = strchr(change->text, '=');
	size_t length = equals ? (size_t)(equals - change->text) : strlen(change->text);
	char *name = duplicate_range(change->text, length);
	struct m4_argument value = {0};
	if (change->kind == 'U') {
		m4_undefine(name, true);
	} else {
		text_string(&value.text, equals ? equals + 1 : "");
		m4_define(name, &value, false);
		text_free(&value.text);
	}
	free(name);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"define", required_argument, NULL, 'D'}, {"include", required_argument, NULL, 'I'}, {"nesting-limit", required_argument, NULL, 'L'},
		{"prefix-builtins", no_argument, NULL, 'P'}, {"synclines", no_argument, NULL, 's'}, {"undefine", required_argument, NULL, 'U'}, {0}};
	const char *prefix = "";
	for (int option; (option = next_long_option(argc, argv, "D:I:L:PsU:", longs)) != -1;) {
		switch (option) {
		case 'D':
		case 'U': keep(option, optarg); break;
		case 'I': m4_search_in(optarg); break;
		case 'L': m4_most_levels = (long)parse_integer(optarg, "nesting limit"); break;
		case 'P': prefix = "m4_"; break;
		default: m4_writes_lines = true;
		}
	}
	m4_define_builtins(prefix);
	for (size_t i = 0; i < change_count; i++)
		apply(&changes[i]);
	char *standard_input[] = {"-", NULL}, **file = argv[optind] ? argv + optind : standard_input;
	for (; *file; file++) {
		if (m4_push_file(*file)) {
			m4_expand_input();
		} else {
			warn("cannot open `%s'", *file);
			m4_status = 1;
		}
	}
	while (m4_push_wrapped())
		m4_expand_input();
	m4_end(m4_status);
}
