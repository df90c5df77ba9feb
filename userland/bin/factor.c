/*
 * factor: prime factors of numbers
 * https://man7.org/linux/man-pages/man1/factor.1.html
 *
 * Usage: factor [NUMBER]...
 * Without NUMBERs reads them from standard input.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools.h"

static int put_factors(const char *text)
{
	char *end;
	errno = 0;
	unsigned long long rest = strtoull(text, &end, 10);
	if (end == text || *end || errno || *text == '-') {
		warnx("'%s' is not a valid positive integer", text);
		return 1;
	}
	printf("%llu:", rest);
	for (unsigned long long divisor = 2; divisor <= rest / divisor; divisor += 1 + (divisor > 2))
		for (; rest % divisor == 0; rest /= divisor)
			printf(" %llu", divisor);
	printf(rest > 1 ? " %llu\n" : "\n", rest);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0;
	char word[64];
	next_option(argc, argv, "");
	for (char **number = argv + optind; *number; number++)
		status |= put_factors(*number);
	while (!argv[optind] && scanf("%63s", word) == 1)
		status |= put_factors(word);
	if (ferror(stdin))
		err(1, "standard input");
	return status;
}
