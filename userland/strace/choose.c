/* Which calls and signals are shown: -e, -P. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "strace.h"
#include "tools.h"

static const char *expression;
static bool negated;

/* Calls of the classes that -e knows; a name may be in several. */
static const struct {
	const char *name, *calls;
} classes[] = {
	{"file", ",openat,open,execve,faccessat,faccessat2,newfstatat,statx,statfs,readlinkat,mkdirat,unlinkat,linkat,symlinkat,renameat,renameat2,"
		 "fchmodat,fchownat,utimensat,truncate,chdir,chroot,mount,umount2,mknodat,getcwd,"},
	{"desc", ",read,write,readv,writev,pread64,pwrite64,close,dup,dup3,fcntl,ioctl,lseek,fstat,fstatfs,ftruncate,getdents64,pipe2,ppoll,pselect6,"
		 "fsync,fdatasync,fchdir,fchmod,fchown,openat,mmap,sendfile,flock,epoll_ctl,epoll_pwait,eventfd2,"},
	{"process", ",clone,clone3,fork,vfork,execve,exit,exit_group,wait4,waitid,kill,tkill,tgkill,"},
	{"memory", ",mmap,munmap,mprotect,brk,mremap,madvise,msync,mlock,munlock,"},
	{"signal", ",rt_sigaction,rt_sigprocmask,rt_sigreturn,rt_sigsuspend,rt_sigtimedwait,rt_sigpending,sigaltstack,kill,tkill,tgkill,"},
	{"ipc", ",pipe2,futex,shmget,shmat,shmdt,shmctl,semget,semop,semctl,msgget,msgsnd,msgrcv,msgctl,"},
	{"network", ",socket,bind,connect,listen,accept,accept4,sendto,recvfrom,sendmsg,recvmsg,shutdown,getsockname,getpeername,setsockopt,getsockopt,socketpair,"},
};

static bool in_class(const char *class, size_t length, const char *call)
{
	char *wanted = format_text(",%s,", call);
	bool found = false;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strlen(classes[i].name) == length && !strncmp(classes[i].name, class, length))
			found |= strstr(classes[i].calls, wanted) != NULL;
	free(wanted);
	return found;
}

bool is_chosen(const char *call)
{
	if (!expression)
		return true;
	bool listed = false;
	for (const char *at = expression; *at; at += *at == ',') {
		const char *word = at + (*at == '%');
		size_t length = strcspn(word, ",");
		listed |= (strlen(call) == length && !strncmp(word, call, length)) || in_class(word, length, call) || (length == 3 && !strncmp(word, "all", 3));
		at = word + length;
	}
	return listed != negated;
}

/* /proc/syscalls, or a null pointer where there is none. */
static char *known_calls(void)
{
	struct text text = {0};
	char block[4096];
	size_t got;
	FILE *file = fopen("/proc/syscalls", "re");
	if (!file)
		return NULL;
	while ((got = fread(block, 1, sizeof block, file)) > 0)
		text_add(&text, block, got);
	fclose(file);
	return text_take(&text);
}

/* Names that neither this kernel nor the classes know are mistakes. */
static void check_names(const char *list)
{
	static const char others[] = ",all,none,fork,vfork,open,";
	char *known = known_calls();
	for (const char *at = list; known && *at; at += *at == ',') {
		const char *word = at + (*at == '%');
		int length = (int)strcspn(word, ",");
		char *listed = format_text(" %.*s ", length, word), *other = format_text(",%.*s,", length, word);
		bool found = strstr(known, listed) || strstr(others, other);
		for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
			found |= (strlen(classes[i].name) == (size_t)length && !strncmp(classes[i].name, word, (size_t)length)) || strstr(classes[i].calls, other);
		if (!found)
			errx(1, "invalid system call '%.*s'", length, word);
		free(listed);
		free(other);
		at = word + length;
	}
	free(known);
}

static void choose_calls(const char *text)
{
	negated = *text == '!';
	expression = text + negated;
	check_names(expression);
}

/* A list of words of a set that is known. */
static struct {
	const char *text;
	bool negated;
} signals, statuses;

/* Whether `word` of that length is in the list; "all" has every one. */
static bool lists(const char *list, const char *word, size_t length)
{
	for (const char *at = list; *at; at += *at == ',') {
		size_t here = strcspn(at, ",");
		const char *name = at;
		size_t size = here;
		if (size > 3 && !strncasecmp(name, "SIG", 3))
			name += 3, size -= 3;
		if ((size == length && !strncasecmp(name, word, length)) || (here == 3 && !strncmp(at, "all", 3)))
			return true;
		at += here;
	}
	return false;
}

static void choose_signals(const char *text)
{
	signals.negated = *text == '!';
	signals.text = text + signals.negated;
	for (const char *at = signals.text; *at; at += *at == ',') {
		int length = (int)strcspn(at, ",");
		char *name = format_text("%.*s", length, at);
		if (strcmp(name, "all") && strcmp(name, "none") && signal_number(name) <= 0)
			errx(1, "invalid signal '%s'", name);
		free(name);
		at += length;
	}
}

static void choose_statuses(const char *text)
{
	static const char known[] = ",successful,failed,unfinished,unavailable,detached,all,none,";
	statuses.negated = *text == '!';
	statuses.text = text + statuses.negated;
	for (const char *at = statuses.text; *at; at += *at == ',') {
		int length = (int)strcspn(at, ",");
		char *name = format_text(",%.*s,", length, at);
		if (!strstr(known, name))
			errx(1, "invalid status '%.*s'", length, at);
		free(name);
		at += length;
	}
}

bool is_chosen_signal(const char *line)
{
	if (!signals.text)
		return true;
	const char *name = strstr(line, "SIG");
	if (!name)
		return true;
	return lists(signals.text, name + 3, strcspn(name + 3, " ")) != signals.negated;
}

bool is_chosen_status(const char *result)
{
	if (!statuses.text || !result)
		return true;
	bool failed = !strncmp(result, "-1 ", 3) || !strncmp(result, "? ERESTART", 10);
	const char *status = failed ? "failed" : *result == '?' ? "unfinished" : "successful";
	return lists(statuses.text, status, strlen(status)) != statuses.negated;
}

void choose(const char *text)
{
	if (!strncmp(text, "trace=", 6))
		choose_calls(text + 6);
	else if (!strncmp(text, "signal=", 7) || !strncmp(text, "signals=", 8))
		choose_signals(strchr(text, '=') + 1);
	else if (!strncmp(text, "status=", 7))
		choose_statuses(text + 7);
	else if (strchr(text, '='))
		errx(1, "invalid system call '%s'", text);
	else
		choose_calls(text);
}

static const char **paths;
static size_t path_count;

static void add_path(const char *path)
{
	paths = reallocate(paths, (path_count + 1) * sizeof *paths);
	paths[path_count++] = path;
}

void choose_path(const char *path)
{
	char *real = realpath(path, NULL);
	add_path(path);
	if (real && strcmp(real, path))
		add_path(real);
	else
		free(real);
}

bool has_paths(void)
{
	return path_count > 0;
}

bool has_chosen_path(const char *call)
{
	bool found = false;
	for (size_t i = 0; i < path_count && !found; i++) {
		char *quoted = format_text("\"%s\"", paths[i]), *named = format_text("<%s>", paths[i]);
		/* of the words that a program is started with none is a path */
		const char *match = strstr(call, quoted);
		found = (match && (strncmp(call, "execve(", 7) || match == call + 7)) || strstr(call, named);
		free(quoted);
		free(named);
	}
	return found;
}
