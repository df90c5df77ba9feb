/* Entry of the multi-call binary: runs the command that argv[0] names. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

extern char *__progname; /* musl's: what err() and warn() print first */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	return *name == '-' ? name + 1 : name; /* a login shell is called -sh */
}

static int compare(const void *name, const void *applet)
{
	return strcmp(name, ((const struct applet *)applet)->name);
}

const struct applet *find_applet(const char *name)
{
	return bsearch(name, applets, (size_t)applet_count, sizeof(struct applet), compare);
}

const char *program_name(void)
{
	return __progname;
}

void flush_before_message(void)
{
	int saved = errno;
	fflush(stdout);
	errno = saved;
}

static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	warn("write error");
	return status ? status : 1;
}

static int list_applets(void)
{
	for (int i = 0; i < applet_count; i++)
		printf("%-15s %s\n", applets[i].name, applets[i].summary);
	return finish(0);
}

/* Commands for which "--help" is an operand like any other. */
static bool takes_help_as_operand(const char *name)
{
	return !strcmp(name, "test") || !strcmp(name, "[");
}

/* musl's buffers hold 1 KiB, so that a filter would make a call for each. What a terminal shows goes by lines as ever. */
static void widen_buffers(void)
{
	static char input[32 << 10], output[32 << 10];
	struct stat status;
	setvbuf(stdin, input, _IOFBF, sizeof input);
	if (!fstat(STDOUT_FILENO, &status) && !S_ISCHR(status.st_mode))
		setvbuf(stdout, output, _IOFBF, sizeof output);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	widen_buffers();
	const char *name = argc > 0 ? base_name(argv[0]) : "";
	const struct applet *applet = find_applet(name);
	if (!applet && !strcmp(name, "hartix-tools")) {
		if (argc < 2)
			return list_applets();
		argv++, argc--;
		name = base_name(argv[0]);
		applet = find_applet(name);
	}
	__progname = (char *)name;
	if (!applet)
		errx(127, "not a command of this binary");
	bool wants_help = argc > 1 && !strcmp(argv[1], "--help") && !takes_help_as_operand(name);
	if (wants_help && applet->usage[0]) {
		fputs(applet->usage, stdout);
		return finish(0);
	}
	return finish(applet->main(argc, argv));
}
