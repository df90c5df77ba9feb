/* Memory that is freed in one go: the syntax tree of a command, and what running it needs. */
#include <stdlib.h>
#include <string.h>

#include "shell.h"

struct arena_block {
	struct arena_block *previous;
	size_t size, used;
	_Alignas(16) char bytes[];
};

enum { BLOCK_SIZE = 4000 };

struct arena scratch;

static void *take(struct arena *arena, size_t size)
{
	size = (size + 15) & ~(size_t)15;
	struct arena_block *block = arena->block;
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		block = allocate(sizeof *block + room);
		block->previous = arena->block;
		block->size = room;
		block->used = 0;
		arena->block = block;
	}
	void *result = block->bytes + block->used;
	block->used += size;
	return result;
}

void *arena_allocate(struct arena *arena, size_t size)
{
	return memset(take(arena, size), 0, size);
}

char *arena_string(struct arena *arena, const char *start, size_t length)
{
	char *copy = take(arena, length + 1);
	memcpy(copy, start, length);
	copy[length] = 0;
	return copy;
}

struct arena_mark arena_mark(struct arena *arena)
{
	if (!arena->block)
		arena_allocate(arena, 0);
	return (struct arena_mark){arena->block, arena->block->used};
}

void arena_release(struct arena *arena, struct arena_mark mark)
{
	while (arena->block != mark.block) {
		struct arena_block *previous = arena->block->previous;
		free(arena->block);
		arena->block = previous;
	}
	arena->block->used = mark.used;
}

struct arena *arena_new(void)
{
	struct arena *arena = allocate(sizeof *arena);
	*arena = (struct arena){.references = 1};
	return arena;
}

void arena_hold(struct arena *arena)
{
	arena->references++;
}

void arena_drop(struct arena *arena)
{
	if (--arena->references > 0)
		return;
	while (arena->block) {
		struct arena_block *previous = arena->block->previous;
		free(arena->block);
		arena->block = previous;
	}
	free(arena);
}
