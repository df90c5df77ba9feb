/* The lines of a recipe, each by a shell of its own. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "make.h"
#include "tools.h"

/* A member of an archive stands there by its own name. */
static char *shown_name(const char *name)
{
	const char *member = make_member(name);
	return member ? duplicate_range(member + 1, strlen(member) - 2) : duplicate(name);
}

static char *join_words(const struct make_words *words)
{
	struct text text = {0};
	text_string(&text, "");
	for (size_t i = 0; i < words->count; i++) {
		if (i)
			text_char(&text, ' ');
		char *name = shown_name(words->items[i]);
		text_string(&text, name);
		free(name);
	}
	return text_take(&text);
}

static void set_automatic(const struct make_automatic *automatic)
{
	char *all = join_words(automatic->all), *newer = join_words(automatic->newer);
	const char *open = make_member(automatic->target);
	char *target = open ? duplicate_range(automatic->target, (size_t)(open - automatic->target)) : duplicate(automatic->target);
	char *member = open ? shown_name(automatic->target) : duplicate(""), *first = shown_name(automatic->first);
	make_define("@", target, ORIGIN_AUTOMATIC, true);
	make_define("%", member, ORIGIN_AUTOMATIC, true);
	make_define("<", first, ORIGIN_AUTOMATIC, true);
	make_define("*", automatic->stem, ORIGIN_AUTOMATIC, true);
	make_define("^", all, ORIGIN_AUTOMATIC, true);
	make_define("+", all, ORIGIN_AUTOMATIC, true);
	make_define("?", newer, ORIGIN_AUTOMATIC, true);
	free(target);
	free(member);
	free(first);
	free(all);
	free(newer);
}

/* $* of a rule that names its target: the target without its suffix. */
static char *stem_of(const struct make_automatic *automatic)
{
	char *name = shown_name(automatic->target), *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
	bool has_none = *automatic->stem || !dot || (slash && dot < slash);
	char *stem = has_none ? duplicate(automatic->stem) : duplicate_range(name, (size_t)(dot - name));
	free(name);
	return stem;
}

static pid_t child;
static const char *target_at_work;

/* The target that was being made may be half of itself. */
static void on_signal(int signal)
{
	struct stat status;
	if (child > 0)
		kill(child, signal);
	if (target_at_work && !stat(target_at_work, &status) && S_ISREG(status.st_mode))
		unlink(target_at_work);
	raise(signal);
}

static void catch_signals(void)
{
	static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
	static bool done;
	for (size_t i = 0; !done && i < sizeof SIGNALS / sizeof *SIGNALS; i++)
		sigaction(SIGNALS[i], &action, NULL);
	done = true;
}

static int run_shell(const char *command)
{
	struct make_macro *shell = make_find("SHELL", 5);
	const char *program = shell && shell->origin != ORIGIN_ENVIRONMENT && *shell->value ? shell->value : "/bin/sh";
	int status;
	fflush(NULL);
	child = fork();
	if (child < 0)
		make_stop(NULL, 0, "fork: %s", strerror(errno));
	if (!child) {
		make_export_macros();
		execlp(program, program, make_flag.ignores_errors ? "-c" : "-ec", command, (char *)NULL);
		fprintf(stderr, "%s: %s: %s\n", program_name(), program, strerror(errno));
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	child = 0;
	return status;
}

static bool report(int status, const char *target, bool ignores, const char *file, size_t line)
{
	if (!status)
		return true;
	fflush(stdout);
	fprintf(stderr, "%s: %s[%s:%zu: %s] ", program_name(), ignores ? "" : "*** ", file, line, target);
	if (WIFEXITED(status))
		fprintf(stderr, "Error %d", WEXITSTATUS(status));
	else
		fprintf(stderr, "%s", strsignal(WTERMSIG(status)));
	fputs(ignores ? " (ignored)\n" : "\n", stderr);
	return ignores;
}

/* What the characters before a command ask for. */
struct manner {
	bool is_silent, ignores, always;
};

/* Behind these characters. */
static char *take_manner(char *line, struct manner *manner)
{
	for (;; line++) {
		if (*line == '@')
			manner->is_silent = true;
		else if (*line == '-')
			manner->ignores = true;
		else if (*line == '+')
			manner->always = true;
		else if (*line != ' ' && *line != '\t')
			return line;
	}
}

static bool run_line(char *line, struct make_target *target, struct manner manner, const char *file, size_t number)
{
	line = take_manner(line, &manner);
	if (!*line)
		return true;
	make_did_anything = true;
	if (!manner.is_silent || make_flag.is_dry)
		printf("%s\n", line);
	if (make_flag.is_dry && !manner.always)
		return true;
	return report(run_shell(line), target->name, manner.ignores, file, number);
}

static bool run_expanded(char *text, struct make_target *target, struct manner manner, const char *file, size_t number)
{
	/* A macro of several lines gives several; but a backslash keeps the next one in the same shell. */
	for (char *line = text, *end; line; line = end) {
		end = strchr(line, '\n');
		while (end && end > line && end[-1] == '\\')
			end = strchr(end + 1, '\n');
		if (end)
			*end++ = 0;
		if (!run_line(line, target, manner, file, number))
			return false;
	}
	return true;
}

bool make_run(const struct make_words *recipe, const struct make_automatic *automatic, struct make_target *target, const char *file, size_t line)
{
	struct make_automatic known = *automatic;
	char *stem = stem_of(automatic);
	struct stat before, after;
	bool existed = !stat(target->name, &before), good = true;
	known.stem = stem;
	catch_signals();
	target_at_work = target->is_precious || target->is_phony ? NULL : target->name;
	for (size_t i = 0; i < recipe->count && good; i++) {
		set_automatic(&known);
		struct manner manner = {make_flag.is_silent, make_flag.ignores_errors, strstr(recipe->items[i], "$(MAKE)") || strstr(recipe->items[i], "${MAKE}")};
		/* What stands before a macro goes for all of its lines. */
		take_manner(recipe->items[i], &manner);
		char *text = make_expand(recipe->items[i]);
		good = run_expanded(text, target, manner, file, line + i);
		free(text);
	}
	target_at_work = NULL;
	free(stem);
	/* As .DELETE_ON_ERROR asks. */
	if (!good && make_target(".DELETE_ON_ERROR", false) && !target->is_precious && !stat(target->name, &after) && S_ISREG(after.st_mode) &&
	    (!existed || after.st_mtim.tv_sec != before.st_mtim.tv_sec || after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)) {
		fprintf(stderr, "%s: *** Deleting file '%s'\n", program_name(), target->name);
		unlink(target->name);
	}
	return good;
}
