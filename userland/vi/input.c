/* The keys of vi: from the terminal, from maps and registers, repeated by `.`, and the commands that they are. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vi.h"

enum { COPY_KEYS = 200, COPY_WAIT_MS = 1500, MOST_EXPANSIONS = 1000 };

/* Keys of the command that runs, for `.`, and keys to be read before the terminal's. */
static struct keys {
	int *items;
	int count, capacity;
} recorded, repeated, pending, typed, fed, macro; /* typed: what maps stand for; fed: the same, which may be maps again; macro: of q */
static int pending_index, typed_index, fed_index;
static bool is_repeating;
static int expansions; /* of maps, since a key came from the terminal */
static volatile sig_atomic_t stopped_by; /* a signal */

static void add_key(struct keys *keys, int key)
{
	if (keys->count == keys->capacity) {
		keys->capacity = keys->capacity * 2 + 32;
		keys->items = reallocate(keys->items, (size_t)keys->capacity * sizeof(int));
	}
	keys->items[keys->count++] = key;
}

static void put_in_front(struct keys *keys, int *index, const int *items, int count)
{
	struct keys result = {0};
	for (int i = 0; i < count; i++)
		add_key(&result, items[i]);
	for (; *index < keys->count; ++*index)
		add_key(&result, keys->items[*index]);
	free(keys->items);
	*keys = result;
	*index = 0;
}

void push_keys(const int *keys, int count)
{
	put_in_front(&pending, &pending_index, keys, count);
}

void drop_pushed_keys(void)
{
	pending.count = pending_index = 0;
}

void type_keys(const int *keys, int count)
{
	if (typed_index == typed.count)
		typed.count = typed_index = 0;
	for (int i = 0; i < count; i++)
		add_key(&typed, keys[i]);
}

void feed_keys(const int *keys, int count)
{
	put_in_front(&fed, &fed_index, keys, count);
}

void drop_typed_keys(void)
{
	typed.count = typed_index = fed.count = fed_index = 0;
}

void stop_by_signal(int number)
{
	if (stopped_by)
		_exit(128 + number);
	stopped_by = number;
}

void leave_if_stopped(void)
{
	if (!stopped_by)
		return;
	if (buffer.modified)
		preserve();
	if (!editor.is_line_mode)
		end_screen();
	_exit(128 + stopped_by);
}

/* While nobody types, what is edited is copied, in case that the editor is killed. */
static void wait_for_key(void)
{
	static int keys_since;
	struct pollfd input = {.fd = 0, .events = POLLIN};
	if (is_copy_old() && (++keys_since >= COPY_KEYS || poll(&input, 1, COPY_WAIT_MS) == 0)) {
		keep_copy();
		keys_since = 0;
	}
	leave_if_stopped();
}

static int read_terminal(void)
{
	static int held = KEY_NONE; /* what followed an Escape at once */
	int key = held;
	held = KEY_NONE;
	while (key == KEY_NONE) {
		if (editor.mode != MODE_COMMAND || !recorded.count)
			draw_screen();
		wait_for_key();
		key = read_key(0, NULL);
		leave_if_stopped();
		measure_screen();
	}
	if (key > KEY_ALT) {
		held = key - KEY_ALT;
		key = KEY_ESCAPE;
	}
	if (editor.recording)
		add_key(&macro, key);
	return key;
}

static int read_fed(void)
{
	if (fed_index < fed.count)
		return fed.items[fed_index++];
	expansions = 0;
	return read_terminal();
}

/* Keys of a map take the place of `keys`. They may be maps themselves, but not those at their start that stand for the map itself. */
static void expand_map(const int *keys, int count, const int *result, int result_count)
{
	bool begins_with_itself = result_count >= count && !memcmp(keys, result, (size_t)count * sizeof *keys);
	int plain = !editor.options.remap ? result_count : begins_with_itself ? count : 0;
	if (++expansions > MOST_EXPANSIONS) {
		drop_typed_keys();
		complain("A map that has no end");
		return;
	}
	feed_keys(result + plain, result_count - plain);
	type_keys(result, plain);
}

/* Keys that are typed or fed, until they are a map's or can be none. */
static int read_mapped(void)
{
	int keys[64], count = 0, result_count;
	bool more = true, begins_command = editor.mode == MODE_COMMAND && !recorded.count;
	bool takes_maps = begins_command || editor.mode == MODE_INSERT;
	while (count < 64 && more) {
		keys[count++] = read_fed();
		const int *result = takes_maps ? find_map(editor.mode == MODE_INSERT, keys, count, &result_count, &more) : NULL;
		more &= takes_maps;
		if (result) {
			expand_map(keys, count, result, result_count);
			return KEY_NONE;
		}
	}
	feed_keys(keys + 1, count - 1);
	return keys[0];
}

void record_keys(void)
{
	if (!editor.recording) {
		int name = get_key();
		if (!(name >= 'a' && name <= 'z') && !(name >= 'A' && name <= 'Z'))
			return;
		macro.count = 0;
		editor.recording = name;
		return;
	}
	struct text bytes = {0};
	text_clear(&bytes);
	for (int i = 0; i + 1 < macro.count; i++) { /* but the q at the end */
		char one[4];
		text_add(&bytes, one, key_in_register(macro.items[i], one));
	}
	set_register(editor.recording, bytes.data, bytes.length);
	text_free(&bytes);
	editor.recording = 0;
}

int get_key(void)
{
	if (pending_index < pending.count)
		return pending.items[pending_index++];
	if (is_repeating)
		return KEY_ESCAPE; /* what is repeated ends here */
	int key = KEY_NONE;
	while (key == KEY_NONE)
		key = typed_index < typed.count ? typed.items[typed_index++] : read_mapped();
	add_key(&recorded, key);
	return key;
}

/* True for keys whose command `.` repeats. */
static bool is_change(const struct keys *keys)
{
	int i = 0;
	while (i < keys->count &&
		   ((keys->items[i] >= '0' && keys->items[i] <= '9') || keys->items[i] == '"'))
		i += keys->items[i] == '"' ? 2 : 1;
	return i < keys->count && keys->items[i] < 128 && keys->items[i] &&
	       strchr("iaoOIAxXdDcCsSrRJpP~<>&!", keys->items[i]);
}

static void repeat_change(void)
{
	push_keys(repeated.items, repeated.count);
	is_repeating = true;
	run_command();
	is_repeating = false;
	drop_pushed_keys();
}

/* One command from the keyboard. */
void run_typed_command(void)
{
	recorded.count = 0;
	int key = get_key();
	if (key == '.' && repeated.count) {
		repeat_change();
		return;
	}
	push_keys(&key, 1);
	run_command();
	if (editor.is_error || editor.has_failed)
		drop_typed_keys();
	if (is_change(&recorded)) {
		struct keys swap = repeated;
		repeated = recorded;
		recorded = swap;
	}
}
