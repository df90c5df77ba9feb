#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "tools.h"
#include "user-context.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

enum { STACK_BYTES = 32 << 10 };

static struct {
	struct user_context *context;
	void (*run)(void *);
	void *argument;
} made;

/* The first return ends the signal; the second comes by the first switch, when nobody else has used the stack. */
static void begin(int signal)
{
	(void)signal;
	void (*run)(void *) = made.run;
	void *argument = made.argument;
	if (!_setjmp(made.context->registers))
		return;
	run(argument);
	abort();
}

void user_context_make(struct user_context *context, void (*run)(void *), void *argument)
{
	size_t size = STACK_BYTES + getauxval(AT_MINSIGSTKSZ);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "stack of a user thread");
	stack_t stack = {.ss_sp = memory, .ss_size = size}, before;
	struct sigaction action = {.sa_handler = begin, .sa_flags = SA_ONSTACK}, old;
	made.context = context;
	made.run = run;
	made.argument = argument;
	if (sigaltstack(&stack, &before) || sigaction(SIGUSR1, &action, &old))
		err(1, "sigaltstack");
	raise(SIGUSR1);
	sigaction(SIGUSR1, &old, NULL);
	sigaltstack(&before, NULL);
}

void user_context_switch(struct user_context *from, struct user_context *to)
{
	if (!_setjmp(from->registers))
		_longjmp(to->registers, 1);
}
