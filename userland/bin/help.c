/*
 * help: list what this system offers
 * Hartix: the first command that the welcome line names
 *
 * Usage: help [-l] [COMMAND]
 * Without operands lists the commands, the builtins of the shell and the keys. With COMMAND
 * prints what `COMMAND --help` prints.
 *   -l  one command per line, with what it does
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../sh/shell.h"
#include "tools.h"

/* A column of names after another, as wide as the window. */
struct columns {
	int width, at;
};

static void print_name(struct columns *columns, const char *name)
{
	int length = (int)strlen(name) + 1;
	if (columns->at + length > columns->width) {
		putchar('\n');
		columns->at = 0;
	}
	printf("%s%s", columns->at ? " " : "  ", name);
	columns->at += columns->at ? length : length + 1;
}

static struct columns new_columns(void)
{
	struct columns columns = {0};
	int rows;
	terminal_size(1, &columns.width, &rows);
	return columns;
}

/* The commands of both binaries in order; at least one of them has another one. */
static const struct applet *next_applet(int *own, int *other)
{
	bool is_own = *other == other_applet_count || (*own < applet_count && strcmp(applets[*own].name, other_applets[*other].name) < 0);
	return is_own ? &applets[(*own)++] : &other_applets[(*other)++];
}

static void list_commands(void)
{
	struct columns columns = new_columns();
	for (int i = 0, j = 0; i < applet_count || j < other_applet_count;)
		print_name(&columns, next_applet(&i, &j)->name);
	putchar('\n');
}

static void list_builtins(void)
{
	struct columns columns = new_columns();
	for (int i = 0; i < builtin_count; i++)
		print_name(&columns, builtins[i].name);
	putchar('\n');
}

static int list_long(void)
{
	for (int i = 0, j = 0; i < applet_count || j < other_applet_count;) {
		const struct applet *applet = next_applet(&i, &j);
		printf("%-16s %s\n", applet->name, applet->summary);
	}
	return 0;
}

static int help_for(const char *name)
{
	const struct applet *applet = find_applet(name);
	for (int i = 0; !applet && i < other_applet_count; i++)
		applet = strcmp(other_applets[i].name, name) ? NULL : &other_applets[i];
	if (applet && applet->usage[0]) {
		printf("%s: %s\n\n%s", applet->name, applet->summary, applet->usage);
		return 0;
	}
	for (int i = 0; i < builtin_count; i++) {
		if (!strcmp(builtins[i].name, name)) {
			printf("%s is a builtin of the shell, as POSIX describes it; see `sh --help`.\n", name);
			return 0;
		}
	}
	warnx("no help for '%s'; `help` lists what there is", name);
	return 1;
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "l")) != -1;)
		return list_long();
	if (optind < argc)
		return help_for(argv[optind]);
	puts("Hartix runs Linux programs for RISC-V (rv64gc). `tour` shows you around.\n"
	     "`man NAME` shows a page of the manual, `man -k WORD` searches it.\n"
	     "\n"
	     "Commands (COMMAND --help tells more; `help -l` says what each does):");
	list_commands();
	puts("\nBuiltins of sh:");
	list_builtins();
	puts("\n"
	     "Keys of the line: arrows, ^A ^E ^K ^U ^W ^Y; Tab completes, ^R searches.\n"
	     "Keys of the screen: ^A p processes, ^A m memory map, ^A t translator,\n"
	     "  ^A i interrupts, ^A [ scroll back, ^A ? all of them, ^A ^A sends ^A.\n"
	     "Jobs: ^C interrupts, ^Z stops, fg and bg continue.\n"
	     "Files: they are thrown away at the end, but for what is mounted:\n"
	     "  hartix --mount HOST:GUEST    hartix --here    hartix run FILE\n"
	     "To leave: exit, ^D or poweroff.");
	return 0;
}
