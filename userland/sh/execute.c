/* Runs syntax trees: lists, pipelines and compound commands (POSIX XCU 2.9). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

enum { DEEPEST = 8000 }; /* nested commands that a stack of 8 MiB holds */

enum skip skip;
int skip_count;
struct arena *current_arena;

void check_errexit(int status, int flags)
{
	if (status && option_set['e'] && !(flags & EXECUTE_TESTED) && !skip)
		shell_exit(status);
}

static int execute_list(struct node *node, int flags)
{
	int status = 0;
	for (struct node *child = node->first; child && !skip; child = child->next)
		status = execute(child, child->next ? flags & EXECUTE_TESTED : flags);
	return status;
}

noreturn void run_in_child(struct node *node, struct redirection *redirections, int flags)
{
	struct handler here = {.outer = NULL};
	enum exception exception = (enum exception)setjmp(here.jump);
	handler = &here;
	shell.tested = flags & EXECUTE_TESTED;
	if (exception == NOTHING_RAISED) {
		redirect(redirections, NULL);
		shell.status = execute(node, EXECUTE_LAST | shell.tested);
	} else if (exception == INTERRUPT_RAISED) {
		shell.status = 130;
	}
	shell_exit(shell.status);
}

static int execute_subshell(struct node *node, int flags)
{
	struct job *job = new_job(node->text);
	if (fork_process(job, true) == 0)
		run_in_child(node->first, node->redirections, flags);
	int status = wait_for_job(job);
	shell.status = status;
	check_errexit(status, flags);
	return status;
}

static void become_pipe_end(int fd, int target)
{
	if (fd < 0 || fd == target)
		return;
	dup2(fd, target);
	close(fd);
}

static void start_pipeline(struct job *job, struct node *node, bool foreground, int flags)
{
	int input = -1;
	for (struct node *child = node->first; child; child = child->next) {
		int ends[2] = {-1, -1};
		if (child->next && pipe(ends) < 0)
			fail_job(job, "make a pipe");
		if (fork_process(job, foreground) == 0) {
			if (ends[0] >= 0)
				close(ends[0]);
			become_pipe_end(input, 0);
			become_pipe_end(ends[1], 1);
			run_in_child(child, NULL, flags);
		}
		if (input >= 0)
			close(input);
		if (ends[1] >= 0)
			close(ends[1]);
		input = ends[0];
	}
}

static int execute_pipeline(struct node *node, int flags)
{
	struct job *job = new_job(node->text);
	start_pipeline(job, node, true, flags);
	int status = wait_for_job(job);
	shell.status = status;
	check_errexit(status, flags);
	return status;
}

static int execute_background(struct node *node)
{
	struct job *job = new_job(node->text);
	if (node->first->kind == NODE_PIPELINE && !node->first->redirections)
		start_pipeline(job, node->first, false, 0); /* $! is the last of its commands */
	else if (fork_process(job, false) == 0)
		run_in_child(node->first, NULL, 0);
	job_in_background(job);
	return 0;
}

/* True if the loop that just ran its body ends. */
static bool leaves_loop(void)
{
	if (!skip)
		return false;
	if (skip == SKIP_RETURN)
		return true;
	if (--skip_count > 0)
		return true;
	bool leaves = skip == SKIP_BREAK;
	skip = SKIP_NONE;
	return leaves;
}

static int execute_while(struct node *node, int flags)
{
	int status = 0, tested = flags & EXECUTE_TESTED;
	shell.loop_depth++;
	for (;;) {
		int condition = execute(node->first, EXECUTE_TESTED);
		if (skip) {
			if (leaves_loop())
				break;
			continue;
		}
		if ((condition == 0) != (node->kind == NODE_WHILE))
			break;
		status = node->second ? execute(node->second, tested) : 0;
		if (leaves_loop())
			break;
	}
	shell.loop_depth--;
	if (skip == SKIP_RETURN)
		status = shell.status;
	return status;
}

static int execute_for(struct node *node, int flags)
{
	struct words words = {0};
	int status = 0;
	if (node->has_words) {
		expand_words(node->words, &words);
	} else {
		for (int i = 0; i < shell.parameter_count; i++) {
			const char *word = shell.parameters[i];
			add_word(&words, arena_string(&scratch, word, strlen(word)));
		}
	}
	shell.loop_depth++;
	for (int i = 0; i < words.count; i++) {
		struct arena_mark mark = arena_mark(&scratch);
		set_variable(node->name, words.items[i], 0);
		status = node->second ? execute(node->second, flags & EXECUTE_TESTED) : 0;
		arena_release(&scratch, mark);
		if (leaves_loop())
			break;
	}
	shell.loop_depth--;
	return status;
}

static bool item_matches(const struct case_item *item, const char *subject)
{
	for (struct word *pattern = item->patterns; pattern; pattern = pattern->next)
		if (pattern_matches(expand_single(pattern, EXPAND_PATTERN), subject))
			return true;
	return false;
}

static int execute_case(struct node *node, int flags)
{
	const char *subject = expand_single(node->words, 0);
	int status = 0;
	struct case_item *item = node->items;
	while (item && !item_matches(item, subject))
		item = item->next;
	for (; item; item = item->next) {
		status = item->body
				   ? execute(item->body, item->falls_through ? flags & EXECUTE_TESTED : flags)
				   : 0;
		if (!item->falls_through || skip)
			break;
	}
	return status;
}

static int execute_if(struct node *node, int flags)
{
	int condition = execute(node->first, EXECUTE_TESTED);
	if (skip)
		return condition;
	if (condition == 0)
		return node->second ? execute(node->second, flags) : 0;
	return node->third ? execute(node->third, flags) : 0;
}

static int execute_kind(struct node *node, int flags)
{
	int status;
	switch (node->kind) {
	case NODE_SIMPLE: return execute_simple(node, flags);
	case NODE_PIPELINE: return execute_pipeline(node, flags);
	case NODE_SUBSHELL: return execute_subshell(node, flags);
	case NODE_LIST: return execute_list(node, flags);
	case NODE_BACKGROUND: return execute_background(node);
	case NODE_AND:
	case NODE_OR:
		status = execute(node->first, EXECUTE_TESTED);
		if (skip || (status == 0) != (node->kind == NODE_AND))
			return status;
		return execute(node->second, flags);
	case NODE_NOT:
		status = execute(node->first, EXECUTE_TESTED);
		return skip ? status : !status;
	case NODE_GROUP: return execute(node->first, flags);
	case NODE_IF: return execute_if(node, flags);
	case NODE_WHILE:
	case NODE_UNTIL: return execute_while(node, flags);
	case NODE_FOR: return execute_for(node, flags);
	case NODE_CASE: return execute_case(node, flags);
	case NODE_FUNCTION: define_function(node->name, node->first); return 0;
	}
	return 0;
}

/* A compound command under its redirections; a failing redirection is its status. */
static int execute_redirected(struct node *node, int flags)
{
	struct saved_fd *volatile saved = NULL;
	struct handler here = {.outer = handler};
	enum exception exception = (enum exception)setjmp(here.jump);
	volatile bool redirected = false;
	int status = 1;
	if (exception == NOTHING_RAISED) {
		handler = &here;
		redirect(node->redirections, (struct saved_fd **)&saved);
		redirected = true;
		status = execute_kind(node, flags & ~EXECUTE_LAST);
	}
	handler = here.outer;
	fflush(stdout);
	restore_fds(saved);
	if (exception == ERROR_RAISED && !redirected && !target_expands) {
		status = shell.status;
		check_errexit(status, flags);
	} else if (exception != NOTHING_RAISED) {
		raise_exception(exception);
	}
	return status;
}

int execute(struct node *node, int flags)
{
	if (!node || (option_set['n'] && !shell.interactive))
		return 0;
	check_interrupt();
	if (pending_traps)
		run_traps();
	if (++shell.exec_depth > DEEPEST) {
		shell.exec_depth = 0;
		shell_error(2, "commands nested too deeply");
	}
	shell.line = node->line;
	struct arena_mark mark = arena_mark(&scratch);
	bool redirects_itself = node->kind == NODE_SIMPLE || node->kind == NODE_SUBSHELL;
	int status = node->redirections && !redirects_itself ? execute_redirected(node, flags)
	                                                     : execute_kind(node, flags);
	arena_release(&scratch, mark);
	shell.exec_depth--;
	if (skip != SKIP_RETURN)
		shell.status = status;
	if (pending_traps)
		run_traps();
	return status;
}
