/*
 * at, batch, atq, atrm: run commands at a later time
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/at.html
 *
 * Aliases: batch atq atrm
 * Set-user-ID: root
 *
 * Usage: at [-m] [-f FILE] [-q QUEUE] TIME... | at [-m] [-f FILE] [-q QUEUE] -t [[CC]YY]MMDDhhmm[.SS]
 *        at -l [-q QUEUE] [JOB]... | at -r JOB... | at -c JOB...
 *        batch [-m] [-f FILE] [-q QUEUE] | atq [-q QUEUE] | atrm JOB...
 * Reads commands and runs them by sh at TIME, with the folder, umask and environment of now. What they print is
 * appended to /var/mail/USER. batch: as soon as the load is below 1.5.
 * TIME is `now`, 4pm, 16:00, 1600, noon, midnight, teatime; then, if wanted, a date: today, tomorrow, a day of the week,
 * nov 22, nov 22 2027, 22.11.2027, 11/22/2027, 2027-11-22; then + N minutes, hours, days, weeks, months or years.
 *   -c, -d, -r, -l   print, remove, remove, list jobs
 *   -f FILE    the commands are in FILE
 *   -m         mail even where nothing was printed
 *   -q QUEUE   a letter; b is batch's; capital letters wait for a low load too
 *   -t TIME    as touch -t takes it
 */
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "at-time.h"
#include "files.h"
#include "moment.h"
#include "owner.h"
#include "spool.h"
#include "tools.h"

extern char **environ;

static char queue;
static bool mails;

static void print_time(FILE *output, time_t when)
{
	char text[64];
	strftime(text, sizeof text, "%a %b %e %T %Y", localtime(&when));
	fputs(text, output);
}

static void put_quoted(FILE *file, const char *text)
{
	fputc('\'', file);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", file);
		else
			fputc(*text, file);
	}
	fputc('\'', file);
}

static bool is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!(isalpha((unsigned char)text[i]) || text[i] == '_' || (i && isdigit((unsigned char)text[i]))))
			return false;
	return length > 0;
}

/* Variables of the session that typed the job are not for the job. */
static bool is_kept(const char *variable, size_t length)
{
	static const char *const left_out[] = {"TERM", "DISPLAY", "_", "SHELLOPTS", "BASH_VERSINFO", "EUID", "GROUPS", "PPID", "UID", "TERMCAP"};
	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (strlen(left_out[i]) == length && !strncmp(variable, left_out[i], length))
			return false;
	return is_name(variable, length);
}

static void put_prologue(FILE *file, const char *folder, mode_t mask)
{
	fprintf(file, "#!/bin/sh\n# at uid=%u gid=%u\n# mail %s %d\numask %o\n", getuid(), getgid(), user_name(getuid()), mails, mask);
	for (char **variable = environ; *variable; variable++) {
		size_t length = strcspn(*variable, "=");
		if (!(*variable)[length] || !is_kept(*variable, length))
			continue;
		fprintf(file, "%.*s=", (int)length, *variable);
		put_quoted(file, *variable + length + 1);
		fprintf(file, "; export %.*s\n", (int)length, *variable);
	}
	fputs("cd ", file);
	put_quoted(file, folder);
	fputs(" || {\n\techo 'Execution directory inaccessible' >&2\n\texit 1\n}\n", file);
}

static void read_commands(const char *name, struct text *commands)
{
	FILE *input = name ? fopen(name, "re") : stdin;
	char *line = NULL;
	size_t capacity = 0;
	bool asks = !name && isatty(0);
	if (!input)
		err(1, "cannot open input file %s", name);
	for (;;) {
		if (asks)
			fputs("at> ", stderr);
		if (read_line(input, &line, &capacity, NULL) < 0)
			break;
		text_format(commands, "%s\n", line);
	}
	if (asks)
		fputs("<EOT>\n", stderr);
	free(line);
	if (name)
		fclose(input);
}

static int add_job(time_t when, const char *input)
{
	char folder[PATH_MAX];
	struct text commands = {0};
	struct spool_job job;
	if (when / 60 < time(NULL) / 60)
		errx(1, "refusing to create job destined in the past");
	if (!getcwd(folder, sizeof folder))
		err(1, "cannot get current working directory");
	mode_t mask = umask(077);
	if (isatty(2))
		fputs("warning: commands will be executed using /bin/sh\n", stderr);
	read_commands(input, &commands);
	spool_enter();
	FILE *file = spool_create_job(queue ? queue : 'a', when, &job);
	put_prologue(file, folder, mask);
	if (commands.data)
		fputs(commands.data, file);
	spool_submit(file, &job);
	spool_notify();
	spool_leave();
	fprintf(stderr, "job %u at ", job.number);
	print_time(stderr, job.when);
	fputc('\n', stderr);
	text_free(&commands);
	return 0;
}

static bool is_wanted(const struct spool_job *job, char **words)
{
	if (queue && job->queue != queue)
		return false;
	if (!*words)
		return true;
	for (; *words; words++)
		if (strtoul(*words, NULL, 10) == job->number)
			return true;
	return false;
}

static int list_jobs(char **words)
{
	size_t count;
	spool_enter();
	struct spool_job *jobs = spool_jobs(&count);
	spool_leave();
	for (size_t i = 0; i < count; i++) {
		if ((getuid() && jobs[i].owner != getuid()) || !is_wanted(&jobs[i], words))
			continue;
		printf("%u\t", jobs[i].number);
		print_time(stdout, jobs[i].when);
		printf(" %c %s\n", jobs[i].queue, user_name(jobs[i].owner));
	}
	spool_free_jobs(jobs, count);
	return 0;
}

static bool print_job(const struct spool_job *job)
{
	size_t length;
	spool_enter();
	char *content = read_file(job->path, &length);
	spool_leave();
	if (!content)
		return false;
	fwrite(content, 1, length, stdout);
	free(content);
	return true;
}

static bool remove_job(const struct spool_job *job)
{
	spool_enter();
	bool is_removed = unlink(job->path) == 0;
	spool_notify();
	spool_leave();
	return is_removed;
}

static int act_on(char **words, bool (*act)(const struct spool_job *job))
{
	size_t count;
	int status = 0;
	spool_enter();
	struct spool_job *jobs = spool_jobs(&count);
	spool_leave();
	if (!*words)
		usage_error("no job is named");
	for (; *words; words++) {
		char *end;
		unsigned long number = strtoul(*words, &end, 10);
		size_t i = 0;
		while (i < count && jobs[i].number != number)
			i++;
		if (end == *words || *end || i == count) {
			warnx("Cannot find jobid %s", *words);
			status = 1;
		} else if (getuid() && jobs[i].owner != getuid()) {
			warnx("%s: Not owner", *words);
			status = 1;
		} else if (!act(&jobs[i])) {
			warn("%s", *words);
			status = 1;
		}
	}
	spool_free_jobs(jobs, count);
	return status;
}

int main(int argc, char **argv)
{
	const char *name = program_name(), *input = NULL, *stamp = NULL;
	char action = !strcmp(name, "atq") ? 'l' : !strcmp(name, "atrm") ? 'r' : !strcmp(name, "batch") ? 'b' : 0;
	spool_leave();
	spool_check_user("at");
	for (int option; (option = next_option(argc, argv, "+cdf:lmq:rt:")) != -1;) {
		switch (option) {
		case 'f': input = optarg; break;
		case 'm': mails = true; break;
		case 'q':
			if (!isalpha((unsigned char)*optarg) || optarg[1])
				usage_error("invalid queue '%s'", optarg);
			queue = *optarg;
			break;
		case 't': stamp = optarg; break;
		default: action = (char)(option == 'd' ? 'r' : option);
		}
	}
	char **words = argv + optind;
	time_t now = time(NULL), when = now / 60 * 60;
	struct timespec moment;
	switch (action) {
	case 'c': return act_on(words, print_job);
	case 'l': return list_jobs(words);
	case 'r': return act_on(words, remove_job);
	case 'b':
		queue = queue ? queue : FIRST_BATCH_QUEUE;
		break;
	default:
		if (stamp && !parse_stamp(stamp, false, &moment))
			errx(1, "invalid date format: %s", stamp);
		if (!stamp && !*words)
			usage_error("no time is given");
		if (!stamp && !parse_at_time(words, now, &when))
			errx(1, "Garbled time");
		if (stamp)
			when = moment.tv_sec / 60 * 60;
	}
	return add_job(when, input);
}
