/* What leaves the normal flow: shell errors (POSIX XCU 2.8.1), exit, and interrupts at the
 * terminal. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

struct handler *handler;

noreturn void raise_exception(enum exception exception)
{
	if (!handler)
		shell_exit(shell.status);
	longjmp(handler->jump, (int)exception);
}

/* At a terminal that is talked to: unless NO_COLOR is set, or TERM says that it has no colours. */
static bool shows_colour(void)
{
	const char *refused = get_variable("NO_COLOR"), *terminal = get_variable("TERM");
	return shell.interactive && isatty(2) && !(refused && *refused) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

static void print_message(const char *format, va_list arguments)
{
	bool coloured = shows_colour();
	fflush(stdout);
	if (coloured)
		fputs("\033[31m", stderr);
	if (shell.line && !shell.interactive)
		fprintf(stderr, "%s: line %d: ", shell.program, shell.line);
	else
		fprintf(stderr, "%s: ", shell.program);
	vfprintf(stderr, format, arguments);
	fputs(coloured ? "\033[m\n" : "\n", stderr);
}

noreturn void shell_error(int status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
	shell.status = status;
	raise_exception(ERROR_RAISED);
}

void shell_warning(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
}
