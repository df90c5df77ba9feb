/* What leaves the normal flow: shell errors (POSIX XCU 2.8.1), exit, and interrupts at the
 * terminal. */
#include <stdlib.h>

#include "shell.h"

struct handler *handler;

noreturn void raise_exception(enum exception exception)
{
	if (!handler)
		shell_exit(shell.status);
	longjmp(handler->jump, (int)exception);
}

static void print_message(const char *format, va_list arguments)
{
	fflush(stdout);
	if (shell.line && !shell.interactive)
		fprintf(stderr, "%s: line %d: ", shell.program, shell.line);
	else
		fprintf(stderr, "%s: ", shell.program);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
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
