/* The files that w, W and R of a sed script name; commands with the same name share one. */
#include <stdlib.h>
#include <string.h>

#include "sed.h"
#include "tools.h"

struct sed_output *sed_open_output(char *name)
{
	static struct sed_output *outputs;
	for (struct sed_output *known = outputs; known; known = known->next)
		if (!strcmp(known->name, name))
			return known;
	struct sed_output *output = allocate(sizeof *output);
	FILE *file = !strcmp(name, "/dev/stdout") ? stdout : !strcmp(name, "/dev/stderr") ? stderr : fopen(name, "we");
	if (!file)
		err(4, "couldn't open file %s", name);
	*output = (struct sed_output){outputs, name, file};
	return outputs = output;
}

struct sed_input *sed_open_input(char *name)
{
	static struct sed_input *inputs;
	for (struct sed_input *known = inputs; known; known = known->next)
		if (!strcmp(known->name, name))
			return known;
	struct sed_input *input = allocate(sizeof *input);
	*input = (struct sed_input){inputs, name, strcmp(name, "/dev/stdin") ? fopen(name, "re") : stdin};
	return inputs = input;
}
