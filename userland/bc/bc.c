/*
 * bc: calculate with numbers of any length
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/bc.html
 *
 * Usage: bc [-lq] [FILE]...
 *   -l   the functions s(x), c(x), a(x), l(x), e(x), j(n,x); scale=20
 *   -q   nothing: there is no banner
 */
#include <getopt.h>
#include <stdlib.h>

#include "bc.h"
#include "files.h"
#include "tools.h"

/* False: halt. */
static bool run_all(void)
{
	for (bool ended;;) {
		struct node *statements = bc_parse(&ended);
		if (ended)
			return true;
		bool goes_on = bc_run(statements);
		bc_free(statements);
		if (!goes_on)
			return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"mathlib", no_argument, NULL, 'l'}, {"quiet", no_argument, NULL, 'q'}, {0}};
	bool has_library = false;
	for (int option; (option = next_long_option(argc, argv, "lq", longs)) != -1;)
		has_library |= option == 'l';
	if (has_library) {
		bc_use_text(bc_library);
		run_all();
		bc_use_text(NULL);
	}
	for (char **operand = argv + optind; *operand; operand++) {
		bc_input = open_input(*operand);
		if (!bc_input)
			return 1;
		if (!run_all())
			return fflush(stdout) ? 1 : 0;
		bc_use_text(NULL);
	}
	bc_input = stdin;
	run_all();
	return fflush(stdout) ? 1 : 0;
}
