/* ulimit, POSIX XCU 3, with the letters of other shells. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "builtins.h"

static const struct limit {
	char letter;
	int resource, unit;
	const char *name;
} limits[] = {
	{'c', RLIMIT_CORE, 512, "core file size (blocks)"},
	{'d', RLIMIT_DATA, 1024, "data seg size (kbytes)"},
	{'f', RLIMIT_FSIZE, 512, "file size (blocks)"},
	{'l', RLIMIT_MEMLOCK, 1024, "locked memory (kbytes)"},
	{'m', RLIMIT_RSS, 1024, "resident set size (kbytes)"},
	{'n', RLIMIT_NOFILE, 1, "open files"},
	{'s', RLIMIT_STACK, 1024, "stack size (kbytes)"},
	{'t', RLIMIT_CPU, 1, "cpu time (seconds)"},
	{'u', RLIMIT_NPROC, 1, "processes"},
	{'v', RLIMIT_AS, 1024, "virtual memory (kbytes)"},
};
enum { LIMITS = sizeof limits / sizeof *limits };

static void print_limit(const struct limit *limit, bool hard, bool named)
{
	struct rlimit value;
	getrlimit(limit->resource, &value);
	rlim_t number = hard ? value.rlim_max : value.rlim_cur;
	if (named)
		printf("%-28s -%c ", limit->name, limit->letter);
	if (number == RLIM_INFINITY)
		puts("unlimited");
	else
		printf("%llu\n", (unsigned long long)number / (unsigned)limit->unit);
}

static int change_limit(const struct limit *limit, bool soft, bool hard, const char *word)
{
	struct rlimit value;
	char *end;
	getrlimit(limit->resource, &value);
	rlim_t number = RLIM_INFINITY;
	if (strcmp(word, "unlimited")) {
		number = strtoull(word, &end, 10) * (unsigned)limit->unit;
		if (*end || end == word) {
			shell_warning("ulimit: bad number: %s", word);
			return 2;
		}
	}
	if (hard)
		value.rlim_max = number;
	if (soft)
		value.rlim_cur = number;
	if (setrlimit(limit->resource, &value) == 0)
		return 0;
	shell_warning("ulimit: error setting limit");
	return 2;
}

int builtin_ulimit(int argc, char **argv)
{
	bool soft = false, hard = false, all = false;
	const struct limit *chosen = &limits[2]; /* -f */
	int i = 1;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		for (const char *letter = argv[i] + 1; *letter; letter++) {
			const struct limit *found = NULL;
			for (int n = 0; n < LIMITS; n++)
				if (limits[n].letter == *letter)
					found = &limits[n];
			soft |= *letter == 'S';
			hard |= *letter == 'H';
			all |= *letter == 'a';
			if (found)
				chosen = found;
			else if (!strchr("SHa", *letter)) {
				shell_warning("ulimit: illegal option -%c", *letter);
				return 2;
			}
		}
	}
	if (argc - i > !all) {
		shell_warning("ulimit: too many arguments");
		return 2;
	}
	if (i < argc)
		return change_limit(chosen, soft || !hard, hard || !soft, argv[i]);
	for (int n = 0; n < LIMITS; n++)
		if (all || chosen == &limits[n])
			print_limit(&limits[n], hard && !soft, all);
	return 0;
}
