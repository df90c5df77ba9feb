/* Command substitution, POSIX XCU 2.6.3. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

static char *read_all(int fd, size_t *length)
{
	struct text text = {0};
	char buffer[4096];
	text_clear(&text);
	for (;;) {
		ssize_t got = read(fd, buffer, sizeof buffer);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		char *end = buffer;
		for (ssize_t i = 0; i < got; i++) /* a string holds no NUL */
			if (buffer[i])
				*end++ = buffer[i];
		text_add(&text, buffer, (size_t)(end - buffer));
	}
	*length = text.length;
	char *copy = arena_string(&scratch, text.data, text.length);
	text_free(&text);
	return copy;
}

static char *output_of(struct node *command, size_t *length)
{
	int ends[2];
	if (pipe(ends) < 0)
		shell_error(2, "cannot make a pipe: %s", strerror(errno));
	struct job *job = new_job("");
	pid_t pid = fork_process(job, true);
	if (pid == 0) {
		close(ends[0]);
		dup2(ends[1], 1);
		if (ends[1] != 1)
			close(ends[1]);
		run_in_child(command, NULL, shell.tested);
	}
	close(ends[1]);
	char *output = read_all(ends[0], length);
	close(ends[0]);
	shell.substitution_status = wait_for_job(job);
	return output;
}

char *command_output(struct node *command, size_t *length)
{
	char *volatile output = "";
	struct handler here = {.outer = handler};
	const bool controls = job_control;
	*length = 0;
	shell.substitution_status = 0;
	if (!command)
		return "";
	enum exception exception = (enum exception)setjmp(here.jump);
	if (exception == NOTHING_RAISED) {
		handler = &here;
		job_control = false; /* the output is ours: the command stays in our group */
		output = output_of(command, length);
	}
	handler = here.outer;
	job_control = controls;
	if (exception != NOTHING_RAISED)
		raise_exception(exception);
	return output;
}
