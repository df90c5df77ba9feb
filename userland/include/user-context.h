/*
 * Flows of control of one's own: what green threads are made of. A context is made on a signal's alternate stack and left by
 * longjmp (R. Engelschall, "Portable Multithreading", USENIX 2000), so that no machine code is needed.
 */
#ifndef USER_CONTEXT_H
#define USER_CONTEXT_H

#include <setjmp.h>

struct user_context {
	jmp_buf registers;
};

/* The next switch to it calls run(argument), which must not return, on a stack of its own. Not while others make one. */
void user_context_make(struct user_context *context, void (*run)(void *), void *argument);

/* Leaves this flow in `from` and goes on in `to`. */
void user_context_switch(struct user_context *from, struct user_context *to);

#endif
