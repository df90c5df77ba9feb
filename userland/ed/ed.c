/*
 * ed: edit a file by commands on its lines
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ed.html
 *
 * Usage: ed [-Els] [-p PROMPT] [FILE]
 *   -E         extended regular expressions
 *   -l         the status is 0 although commands failed
 *   -p PROMPT  shown before each command
 *   -s         no sizes of files
 */
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ed.h"
#include "tools.h"

char *ed_file_name;
bool ed_is_silent, ed_is_extended, ed_explains;
const char *ed_prompt, *ed_last_message;

static jmp_buf next_command;

_Noreturn void ed_fail(const char *format, ...)
{
	static struct text message;
	va_list arguments;
	char formatted[512];
	va_start(arguments, format);
	vsnprintf(formatted, sizeof formatted, format, arguments);
	va_end(arguments);
	text_clear(&message);
	text_string(&message, formatted);
	ed_last_message = message.data;
	longjmp(next_command, 1);
}

static void interrupted(int signal)
{
	(void)signal;
	putchar('\n');
	ed_fail("Interrupt");
}

/* What was typed is not lost with the terminal: ed.hup, here or at home. */
static void rescue(int signal)
{
	(void)signal;
	if (ed_buffer.modified && ed_buffer.count) {
		const char *home = getenv("HOME");
		FILE *out = fopen("ed.hup", "w");
		if (!out && home)
			out = fopen(format_text("%s/ed.hup", home), "w");
		for (size_t i = 0; out && i < ed_buffer.count; i++)
			fprintf(out, "%s\n", ed_buffer.lines[i]->text);
		if (out)
			fclose(out);
	}
	_exit(1);
}

static void open_operand(char *name)
{
	if (setjmp(next_command)) {
		puts("?");
		return;
	}
	if (*name == '!') {
		ed_read_into(name, 0, true);
	} else {
		ed_file_name = duplicate(name);
		ed_read_into(name, 0, true);
	}
	ed_buffer.modified = false;
}

/* True if all commands succeeded. */
static int run_commands(void)
{
	static bool failed, ended_once;
	struct stat input;
	if (setjmp(next_command)) {
		failed = true;
		ed_push_commands(NULL);
		puts("?");
		if (ed_explains)
			puts(ed_last_message);
		if (fstat(0, &input) == 0 && S_ISREG(input.st_mode)) /* a script does not go on behind an error */
			return failed;
	}
	for (;;) {
		if (ed_prompt)
			fputs(ed_prompt, stdout);
		fflush(stdout);
		char *line = ed_read_command_line();
		if (line) {
			ended_once = false;
			if (!ed_run_command(line))
				return failed;
			continue;
		}
		if (!ed_buffer.modified)
			return failed;
		if (ended_once)
			return 2;
		ended_once = true;
		ed_fail("Warning: buffer modified");
	}
}

int main(int argc, char **argv)
{
	bool is_loose = false;
	for (int option; (option = next_option(argc, argv, "Elp:s")) != -1;) {
		switch (option) {
		case 'E': ed_is_extended = true; break;
		case 'l': is_loose = true; break;
		case 'p': ed_prompt = optarg; break;
		default: ed_is_silent = true;
		}
	}
	if (argc - optind > 1)
		usage_error("extra operand '%s'", argv[optind + 1]);
	signal(SIGINT, interrupted);
	signal(SIGHUP, rescue);
	signal(SIGQUIT, SIG_IGN);
	if (argv[optind])
		open_operand(argv[optind]);
	int status = run_commands();
	return is_loose && status == 1 ? 0 : status;
}
