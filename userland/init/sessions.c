/*
 * The lines of /etc/inittab: `id:runlevels:action:program arguments...`, as in sysvinit and
 * BusyBox. Actions: wait and sysinit (run to its end first), once, respawn, console (its end ends
 * the system), off. The run levels are ignored.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init.h"
#include "sessions.h"
#include "tools.h"

enum { WORDS = 16, QUICK_DEATHS = 5 };
enum action { WAIT, ONCE, RESPAWN, CONSOLE };

struct session {
	struct session *next;
	enum action action;
	char *line; /* the program and its arguments */
	pid_t pid;  /* 0: does not run */
	bool started;
	time_t start;
	int quick_deaths; /* in a row, within a second of the start */
	bool listed;      /* in the file when it was read last */
};

static struct session *sessions;

static int parse_action(const char *name)
{
	static const char *const names[] = {"wait", "once", "respawn", "console"};
	if (!strcmp(name, "sysinit"))
		return WAIT;
	for (int i = 0; i < 4; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static void add_session(enum action action, const char *line)
{
	struct session **place = &sessions;
	while (*place && strcmp((*place)->line, line))
		place = &(*place)->next;
	if (!*place) {
		*place = allocate(sizeof **place);
		**place = (struct session){.line = duplicate(line)};
	}
	(*place)->action = action;
	(*place)->listed = true;
	(*place)->quick_deaths = 0;
}

void set_console_session(const char *dir)
{
	char line[512];
	snprintf(line, sizeof line, "%s/bin/console-session", dir);
	add_session(CONSOLE, line);
}

void read_inittab(void)
{
	char line[512];
	FILE *file = fopen("/etc/inittab", "re");
	for (struct session *session = sessions; session; session = session->next)
		session->listed = false;
	if (!file) {
		warn("/etc/inittab");
		add_session(CONSOLE, "/bin/console-session");
		return;
	}
	while (fgets(line, sizeof line, file)) {
		char *fields[4] = {line}, *next = line;
		line[strcspn(line, "\n")] = 0;
		int count = 1;
		for (; count < 4 && (next = strchr(next, ':')); count++) {
			*next++ = 0;
			fields[count] = next;
		}
		if (*line == '#' || count < 4)
			continue;
		int action = parse_action(fields[2]);
		if (action >= 0)
			add_session((enum action)action, fields[3]);
		else if (strcmp(fields[2], "off"))
			warnx("/etc/inittab: unknown action '%s'", fields[2]);
	}
	fclose(file);
}

pid_t start_program(char **argv)
{
	pid_t pid = fork();
	if (pid < 0)
		warn("cannot fork");
	if (pid)
		return pid;
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	execv(argv[0], argv);
	warn("%s", argv[0]);
	_exit(127);
}

static void start_session(struct session *session)
{
	char *argv[WORDS + 1], *copy = duplicate(session->line);
	int count = 0;
	for (char *word = strtok(copy, " \t"); word && count < WORDS; word = strtok(NULL, " \t"))
		argv[count++] = word;
	argv[count] = NULL;
	session->started = true;
	session->start = time(NULL);
	session->pid = count ? start_program(argv) : 0;
	int status;
	if (session->action == WAIT && session->pid > 0) {
		while (waitpid(session->pid, &status, 0) < 0)
			continue;
		session->pid = 0;
	}
	free(copy);
}

void start_sessions(void)
{
	for (struct session *session = sessions; session; session = session->next) {
		bool again = session->action == RESPAWN && session->quick_deaths < QUICK_DEATHS;
		if (session->listed && session->pid == 0 && (!session->started || again))
			start_session(session);
	}
}

void resume_sessions(void)
{
	sessions_begin_now();
	for (struct session *session = sessions; session; session = session->next)
		if (session->action == CONSOLE && session->pid > 0)
			kill(session->pid, SIGPWR);
}

bool session_ended(pid_t pid, int status)
{
	(void)status;
	for (struct session *session = sessions; session; session = session->next) {
		if (session->pid != pid)
			continue;
		session->pid = 0;
		session->quick_deaths = time(NULL) - session->start < 1 ? session->quick_deaths + 1 : 0;
		if (session->quick_deaths == QUICK_DEATHS && session->action == RESPAWN)
			warnx("%s ends as soon as it is started: given up", session->line);
		return session->action == CONSOLE;
	}
	return false;
}
