/*
 * tsort: an order that agrees with all pairs
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/tsort.html
 *
 * Usage: tsort [-w] [FILE]
 *   -w   the status is the number of loops (at most 125), not 1
 * Reads pairs of words; prints all words, the first of each pair before the second.
 */
#include <ctype.h>
#include <getopt.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

/* A status that no signal and no failed start has. */
enum { MOST_LOOPS = 125 };

struct node {
	char *name;
	size_t before; /* words that must come before it and were not printed */
	struct node **after;
	size_t count;
	struct node *next; /* in the order in which they were first read */
	struct node *on_path;
	bool printed;
};

static struct node *first, **last = &first;
static void *names;

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->name, ((const struct node *)b)->name);
}

static struct node *node_of(const char *name)
{
	struct node wanted = {.name = (char *)name};
	struct node **found = tfind(&wanted, &names, compare);
	if (found)
		return *found;
	struct node *node = allocate(sizeof *node);
	*node = (struct node){.name = duplicate(name)};
	if (!tsearch(node, &names, compare))
		err(1, "%s", name);
	*last = node;
	last = &node->next;
	return node;
}

static void add_pair(struct node *before, struct node *after)
{
	if (before == after)
		return;
	before->after = reallocate(before->after, (before->count + 1) * sizeof *before->after);
	before->after[before->count++] = after;
	after->before++;
}

static char *read_word(FILE *input, struct text *word)
{
	int c;
	text_clear(word);
	while ((c = getc(input)) != EOF && isspace(c)) {
	}
	for (; c != EOF && !isspace(c); c = getc(input))
		text_char(word, (char)c);
	return word->length ? word->data : NULL;
}

static void read_pairs(FILE *input, const char *name)
{
	struct text word = {0};
	while (read_word(input, &word)) {
		struct node *before = node_of(word.data);
		if (!read_word(input, &word) && !ferror(input))
			errx(1, "%s: input contains an odd number of tokens", name);
		if (ferror(input))
			break;
		add_pair(before, node_of(word.data));
	}
	if (ferror(input))
		err(1, "%s: read error", name);
	text_free(&word);
}

static void print_node(struct node *node)
{
	puts(node->name);
	node->printed = true;
	for (size_t i = 0; i < node->count; i++)
		node->after[i]->before--;
}

/* Prints those that nothing comes before, oldest first, and then those that this sets free; false if none was. */
static bool print_free(void)
{
	size_t count = 0, room = 0;
	struct node **queue = NULL;
	for (struct node *node = first; node; node = node->next) {
		if (node->printed || node->before)
			continue;
		if (count == room)
			queue = reallocate(queue, (room = room ? 2 * room : 64) * sizeof *queue);
		queue[count++] = node;
	}
	for (size_t at = 0; at < count; at++) {
		print_node(queue[at]);
		for (size_t i = 0; i < queue[at]->count; i++) {
			struct node *after = queue[at]->after[i];
			if (after->before || after->printed)
				continue;
			if (count == room)
				queue = reallocate(queue, (room = 2 * room) * sizeof *queue);
			queue[count++] = after;
		}
	}
	free(queue);
	return count > 0;
}

/* A node of a loop has another one of the loop before it; names the words of one, and takes one pair out of it. */
static bool break_loop(const char *name)
{
	struct node *start = first;
	while (start && start->printed)
		start = start->next;
	if (!start)
		return false;
	struct node *at = start;
	for (; !at->on_path;) {
		for (struct node *node = first; node; node = node->next)
			for (size_t i = 0; !node->printed && i < node->count && !at->on_path; i++)
				if (node->after[i] == at)
					at->on_path = node;
		at = at->on_path;
	}
	warnx("%s: input contains a loop:", name);
	struct node *in_loop = at;
	do {
		warnx("%s", in_loop->name);
		in_loop = in_loop->on_path;
	} while (in_loop != at);
	struct node *before = at->on_path;
	for (size_t i = 0; i < before->count; i++)
		if (before->after[i] == at) {
			before->after[i] = before->after[--before->count];
			at->before--;
			break;
		}
	for (struct node *node = first; node; node = node->next)
		node->on_path = NULL;
	return true;
}

int main(int argc, char **argv)
{
	bool counts_loops = false;
	for (int option; (option = next_option(argc, argv, "w")) != -1;)
		counts_loops |= option == 'w';
	const char *name = argv[optind] ? argv[optind] : "-";
	if (argv[optind] && argv[optind + 1])
		usage_error("extra operand '%s'", argv[optind + 1]);
	FILE *input = open_input(name);
	if (!input)
		return 1;
	read_pairs(input, name);
	int loops = 0;
	for (bool more = true; more;) {
		while (print_free())
			continue;
		more = break_loop(name);
		loops += more && loops < MOST_LOOPS;
	}
	return counts_loops ? loops : loops > 0;
}
