/*
 * what: identify files by the strings behind @(#) in them
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/what.html
 *
 * Usage: what [-s] FILE...
 *   -s   only the first of each file
 * The status is 1 where nothing was found.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

static const char mark[] = "@(#)";
static bool only_first, found;

/* What ends a string: XCU, what. */
static bool is_end(char character)
{
	return character == '"' || character == '>' || character == '\n' || character == '\\' || !character;
}

static int print_strings(FILE *input, const char *name)
{
	struct text data = {0};
	char block[4096];
	for (size_t length; (length = fread(block, 1, sizeof block, input)) > 0;)
		text_add(&data, block, length);
	printf("%s:\n", name);
	for (size_t at = 0; at + sizeof mark - 1 <= data.length;) {
		if (memcmp(data.data + at, mark, sizeof mark - 1)) {
			at++;
			continue;
		}
		at += sizeof mark - 1;
		size_t end = at;
		while (end < data.length && !is_end(data.data[end]))
			end++;
		printf("\t%.*s\n", (int)(end - at), data.data + at);
		found = true;
		if (only_first)
			break;
		at = end;
	}
	text_free(&data);
	return 0;
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "s")) != -1;)
		only_first |= option == 's';
	if (!argv[optind])
		usage_error("missing operand");
	int status = each_input(argv + optind, print_strings);
	return status ? status : !found;
}
