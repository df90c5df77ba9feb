/*
 * pstree: processes as a tree
 * https://man7.org/linux/man-pages/man1/pstree.1.html
 *
 * Usage: pstree [-ap] [PID]
 *   -a   arguments
 *   -p   process numbers
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "process.h"
#include "tools.h"

static bool arguments, numbers;
static struct process_list list;

static void put(const struct process *process, const char *prefix)
{
	if (arguments && process->arguments)
		fputs(process->arguments, stdout);
	else
		fputs(process->name, stdout);
	if (numbers)
		printf("(%d)", (int)process->pid);
	putchar('\n');
	size_t last = list.count;
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].parent == process->pid && list.items[i].pid != process->pid)
			last = i;
	for (size_t i = 0; i <= last && i < list.count; i++) {
		const struct process *child = &list.items[i];
		if (child->parent != process->pid || child->pid == process->pid)
			continue;
		printf("%s%s", prefix, i == last ? "└─" : "├─");
		char *inner = format_text("%s%s", prefix, i == last ? "  " : "│ ");
		put(child, inner);
		free(inner);
	}
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "ap")) != -1;) {
		arguments |= option == 'a';
		numbers |= option == 'p';
	}
	pid_t wanted = argv[optind] ? (pid_t)atoi(argv[optind]) : 1;
	list = process_list(false);
	for (size_t i = 0; i < list.count; i++) {
		if (list.items[i].pid != wanted)
			continue;
		put(&list.items[i], "");
		return 0;
	}
	errx(1, "there is no process %d", (int)wanted);
}
