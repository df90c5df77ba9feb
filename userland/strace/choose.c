/* Which calls are shown: -e. */
#include <stdlib.h>
#include <string.h>

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

void choose_calls(const char *text)
{
	if (!strncmp(text, "trace=", 6))
		text += 6;
	else if (strchr(text, '='))
		errx(1, "invalid -e qualifier: %s", text);
	negated = *text == '!';
	expression = text + negated;
	check_names(expression);
}
