/* Names: each may be a variable, an array and a function at the same time. */
#include <stdlib.h>
#include <string.h>

#include "bc.h"
#include "tools.h"

struct array {
	struct number **items; /* null: 0 */
	size_t count;
};

static struct symbol {
	char *name;
	struct number *value;
	struct array array;
	struct function function;
} *symbols;
static int symbol_count;

/* What a local hides. */
static struct hidden {
	int symbol;
	bool is_array;
	struct number *value;
	struct array array;
} *hidden;
static size_t hidden_count, hidden_room;

int bc_symbol(const char *name)
{
	for (int i = 0; i < symbol_count; i++)
		if (!strcmp(symbols[i].name, name))
			return i;
	symbols = reallocate(symbols, (size_t)(symbol_count + 1) * sizeof *symbols);
	symbols[symbol_count] = (struct symbol){.name = duplicate(name), .value = number_from(0)};
	return symbol_count++;
}

const char *bc_symbol_name(int symbol)
{
	return symbols[symbol].name;
}

struct function *bc_function(int symbol)
{
	return &symbols[symbol].function;
}

struct number *bc_variable(int symbol)
{
	return symbols[symbol].value;
}

void bc_set_variable(int symbol, struct number *value)
{
	number_drop(symbols[symbol].value);
	symbols[symbol].value = value;
}

struct number *bc_element(int symbol, size_t index)
{
	struct array *array = &symbols[symbol].array;
	return index < array->count && array->items[index] ? number_keep(array->items[index]) : number_from(0);
}

void bc_set_element(int symbol, size_t index, struct number *value)
{
	struct array *array = &symbols[symbol].array;
	if (index >= array->count) {
		size_t count = index + 1 > 2 * array->count ? index + 1 : 2 * array->count;
		array->items = reallocate(array->items, count * sizeof *array->items);
		memset(array->items + array->count, 0, (count - array->count) * sizeof *array->items);
		array->count = count;
	}
	number_drop(array->items[index]);
	array->items[index] = value;
}

static struct array copy_array(const struct array *array)
{
	struct array copy = {allocate((array->count + 1) * sizeof *copy.items), array->count};
	for (size_t i = 0; i < array->count; i++)
		copy.items[i] = array->items[i] ? number_keep(array->items[i]) : NULL;
	return copy;
}

static void free_array(struct array *array)
{
	for (size_t i = 0; i < array->count; i++)
		number_drop(array->items[i]);
	free(array->items);
}

size_t bc_depth(void)
{
	return hidden_count;
}

static void hide(struct hidden entry)
{
	if (hidden_count == hidden_room)
		hidden = reallocate(hidden, (hidden_room = hidden_room ? 2 * hidden_room : 64) * sizeof *hidden);
	hidden[hidden_count++] = entry;
}

void bc_hide_variable(int symbol, struct number *value)
{
	hide((struct hidden){.symbol = symbol, .value = symbols[symbol].value});
	symbols[symbol].value = value;
}

void bc_hide_array(int symbol, int copied_from)
{
	struct array array = copied_from < 0 ? (struct array){0} : copy_array(&symbols[copied_from].array);
	hide((struct hidden){.symbol = symbol, .is_array = true, .array = symbols[symbol].array});
	symbols[symbol].array = array;
}

void bc_leave(size_t depth)
{
	while (hidden_count > depth) {
		struct hidden *entry = &hidden[--hidden_count];
		struct symbol *symbol = &symbols[entry->symbol];
		if (entry->is_array) {
			free_array(&symbol->array);
			symbol->array = entry->array;
		} else {
			number_drop(symbol->value);
			symbol->value = entry->value;
		}
	}
}
