/* The parts of strace. */
#ifndef STRACE_H
#define STRACE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * Of -e: "trace=LIST", "LIST" or "!LIST", "signal=LIST", "status=LIST"; ends the program at a name that is not known. The text is kept.
 * quiet=LIST is the caller's.
 */
void choose(const char *text);

bool is_chosen(const char *call);

/* Of "--- SIGCHLD {...} ---". */
bool is_chosen_signal(const char *line);

/* `result` behind "= ": null where there is none. */
bool is_chosen_status(const char *result);

/* -P: only calls with that path, or with a descriptor of it. */
void choose_path(const char *path);
bool has_paths(void);

/* Whether the text of a call, with names behind its descriptors, is about one of the paths. */
bool has_chosen_path(const char *call);

/* -c: one more of that call; what they amount to; -S. */
void count_call(const char *call, bool failed, double seconds);
void put_summary(FILE *output);
void choose_order(const char *name);

/* -E: "VAR=VAL" or "VAR"; the text is kept. -u. */
void change_environment(char *text);
void run_as(const char *name);

/* Starts the command stopped, so that tracing begins before its execve. */
pid_t start_command(char **command);

/* " (No such file or directory)" for "ENOENT"; nothing for a name that is not known. */
void put_meaning(FILE *output, const char *name);

#endif
