/* Regular expressions on regcomp(3), with the messages of GNU's commands. */
#include "pattern.h"

#include "tools.h"

void pattern_compile(regex_t *pattern, const char *text, int flags, int status)
{
	char message[128];
	int error = regcomp(pattern, text, flags);
	if (!error)
		return;
	regerror(error, pattern, message, sizeof message);
	errx(status, "%s", message);
}
