/* The statements and rules of awk programs. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "tools.h"

enum jump { JUMP_NEXT = 1, JUMP_EXIT };

static jmp_buf rule_loop;
static int exit_status;

static FILE *output_of(struct awk_node *node)
{
	if (!node->detail)
		return stdout;
	struct awk_value name = awk_evaluate(node->a);
	struct awk_string *text = awk_to_string(name, false);
	FILE *file = awk_output(text->data, node->detail);
	awk_drop(text);
	awk_release(name);
	return file;
}

static void put(struct awk_value value, FILE *file)
{
	struct awk_string *text = awk_to_string(value, true);
	fwrite(text->data, 1, text->length, file);
	awk_drop(text);
	awk_release(value);
}

static void print(struct awk_node *node)
{
	FILE *file = output_of(node);
	if (node->operation == N_PRINTF) {
		put(awk_own(awk_format(node->b)), file);
	} else {
		if (!node->b)
			put(awk_field(0), file);
		for (struct awk_node *argument = node->b; argument; argument = argument->next) {
			put(awk_evaluate(argument), file);
			if (argument->next)
				put(awk_copy(awk_globals[AWK_OFS].value), file);
		}
		put(awk_copy(awk_globals[AWK_ORS].value), file);
	}
	if (file != stdout && file == stderr)
		fflush(file);
}

static enum awk_outcome loop(struct awk_node *node)
{
	bool first = node->operation == N_DO;
	struct awk_node *condition = node->operation == N_FOR ? node->b : node->a;
	if (node->operation == N_FOR && node->a)
		awk_execute(node->a);
	while (first || !condition || awk_truth_of(condition)) {
		first = false;
		enum awk_outcome outcome = awk_execute(node->d);
		if (outcome == AWK_BREAK)
			break;
		if (outcome == AWK_RETURN)
			return AWK_RETURN;
		if (node->operation == N_FOR && node->c)
			awk_execute(node->c);
	}
	return AWK_NORMAL;
}

static enum awk_outcome loop_over_keys(struct awk_node *node)
{
	size_t count;
	struct awk_array *array = awk_array_of(node->b);
	struct awk_string **keys = awk_array_keys(array, &count);
	enum awk_outcome outcome = AWK_NORMAL;
	for (size_t i = 0; i < count; i++) {
		bool skipped = outcome == AWK_BREAK || outcome == AWK_RETURN || !awk_array_has(array, keys[i]);
		if (!skipped) {
			awk_assign(node->a, awk_input(keys[i]->data, keys[i]->length));
			outcome = awk_execute(node->d);
		}
		awk_drop(keys[i]);
	}
	free(keys);
	return outcome == AWK_RETURN ? AWK_RETURN : AWK_NORMAL;
}

static void delete(struct awk_node *node)
{
	struct awk_array *array = awk_array_of(node->a);
	if (!node->b) {
		awk_array_clear(array);
		return;
	}
	struct awk_string *key = awk_key_of(node->b);
	awk_array_delete(array, key);
	awk_drop(key);
}

enum awk_outcome awk_execute(struct awk_node *node)
{
	enum awk_outcome outcome;
	switch (node->operation) {
	case N_BLOCK:
		for (struct awk_node *inner = node->b; inner; inner = inner->next)
			if ((outcome = awk_execute(inner)) != AWK_NORMAL)
				return outcome;
		return AWK_NORMAL;
	case N_EXPRESSION: awk_release(awk_evaluate(node->a)); return AWK_NORMAL;
	case N_IF:
		if (awk_truth_of(node->a))
			return awk_execute(node->b);
		return node->c ? awk_execute(node->c) : AWK_NORMAL;
	case N_WHILE:
	case N_DO:
	case N_FOR: return loop(node);
	case N_FOR_IN: return loop_over_keys(node);
	case N_BREAK: return AWK_BREAK;
	case N_CONTINUE: return AWK_CONTINUE;
	case N_NEXTFILE: awk_next_file(); longjmp(rule_loop, JUMP_NEXT);
	case N_NEXT: longjmp(rule_loop, JUMP_NEXT);
	case N_EXIT:
		if (node->a)
			exit_status = (int)awk_number_of(node->a);
		longjmp(rule_loop, JUMP_EXIT);
	case N_RETURN: {
		struct awk_value value = node->a ? awk_evaluate(node->a) : (struct awk_value){0};
		awk_release(awk_returned);
		awk_returned = value;
		return AWK_RETURN;
	}
	case N_DELETE: delete(node); return AWK_NORMAL;
	case N_PRINT:
	case N_PRINTF: print(node); return AWK_NORMAL;
	default: awk_fail("not a statement");
	}
}

static bool is_selected(struct awk_rule *rule)
{
	if (!rule->pattern)
		return true;
	if (!rule->last)
		return awk_truth_of(rule->pattern);
	if (!rule->in_range && !awk_truth_of(rule->pattern))
		return false;
	rule->in_range = !awk_truth_of(rule->last);
	return true;
}

static void run_rules(char kind)
{
	for (struct awk_rule *rule = awk_program.rules; rule; rule = rule->next) {
		if (rule->kind != kind || (kind == 'P' && !is_selected(rule)))
			continue;
		if (rule->action)
			awk_execute(rule->action);
		else
			awk_execute(&(struct awk_node){.operation = N_PRINT});
	}
}

static bool has_rules(const char *kinds)
{
	for (struct awk_rule *rule = awk_program.rules; rule; rule = rule->next)
		if (strchr(kinds, rule->kind))
			return true;
	return false;
}

int awk_run(void)
{
	struct awk_string *record;
	static volatile bool exiting;
	if (setjmp(rule_loop))
		exiting = true;
	else
		run_rules('B');
	if (!exiting && has_rules("PE")) {
		int jump = setjmp(rule_loop);
		awk_locals = NULL;
		awk_depth = 0;
		while (jump != JUMP_EXIT && awk_next_record(&record)) {
			awk_set_record(record);
			run_rules('P');
		}
	}
	if (!setjmp(rule_loop) && has_rules("PE") && (!exiting || has_rules("E"))) {
		awk_locals = NULL;
		run_rules('E');
	}
	awk_close_all();
	return exit_status;
}
