/* Values of awk: counted strings, conversion between numbers and text, associative arrays. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "awk.h"
#include "tools.h"

/* Short strings that nobody has any more, by their size: most live as long as a record. */
enum { POOL_STEP = 32, POOLS = 8 };

static union unused {
	union unused *next;
	struct awk_string string;
} *pools[POOLS];

static size_t pool_of(size_t length)
{
	return (sizeof(struct awk_string) + length) / POOL_STEP;
}

struct awk_string *awk_string_room(size_t length)
{
	size_t pool = pool_of(length);
	struct awk_string *string;
	if (pool >= POOLS) {
		string = allocate(sizeof *string + length + 1);
	} else if (pools[pool]) {
		string = &pools[pool]->string;
		pools[pool] = pools[pool]->next;
	} else {
		string = allocate((pool + 1) * POOL_STEP);
	}
	string->references = 1;
	string->length = length;
	string->count = 0;
	string->data[length] = 0;
	return string;
}

struct awk_string *awk_string(const char *text, size_t length)
{
	struct awk_string *string = awk_string_room(length);
	memcpy(string->data, text, length);
	return string;
}

void awk_drop(struct awk_string *string)
{
	if (!string || --string->references)
		return;
	size_t pool = pool_of(string->length);
	if (pool >= POOLS) {
		free(string);
		return;
	}
	union unused *unused = (union unused *)string;
	unused->next = pools[pool];
	pools[pool] = unused;
}

struct awk_value awk_number(double number)
{
	return (struct awk_value){.kind = AWK_NUMBER, .number = number};
}

struct awk_value awk_own(struct awk_string *string)
{
	return (struct awk_value){.kind = AWK_STRING, .string = string};
}

struct awk_value awk_text(const char *text, size_t length)
{
	return awk_own(awk_string(text, length));
}

struct awk_value awk_input(const char *text, size_t length)
{
	return (struct awk_value){.kind = AWK_INPUT, .string = awk_string(text, length)};
}

struct awk_value awk_copy(struct awk_value value)
{
	if (value.string)
		value.string->references++;
	return value;
}

void awk_release(struct awk_value value)
{
	awk_drop(value.string);
}

/* Decimal numbers only: no hexadecimal, no "inf" or "nan". */
static double parse(const char *text, const char **end)
{
	const char *at = text;
	while (isspace((unsigned char)*at))
		at++;
	const char *digits = at + (*at == '-' || *at == '+');
	*end = text;
	if (!isdigit((unsigned char)*digits) && !(*digits == '.' && isdigit((unsigned char)digits[1])))
		return 0;
	if (*digits == '0' && (digits[1] | 32) == 'x') {
		*end = digits + 1;
		return 0;
	}
	/* Most are whole numbers, of which a double holds those of fifteen digits. */
	long long whole = 0;
	const char *next = digits;
	for (; *next >= '0' && *next <= '9' && next - digits < 15; next++)
		whole = whole * 10 + (*next - '0');
	if (next > digits && !isdigit((unsigned char)*next) && *next != '.' && (*next | 32) != 'e' && (whole || *at != '-')) {
		*end = next;
		return (double)(*at == '-' ? -whole : whole);
	}
	return strtod(at, (char **)end);
}

double awk_to_number(struct awk_value value)
{
	const char *end;
	if (value.kind == AWK_NUMBER)
		return value.number;
	return value.string ? parse(value.string->data, &end) : 0;
}

/* INPUT that looks like a number is one. */
bool awk_is_numeric(const struct awk_value *value)
{
	const char *end;
	if (value->kind == AWK_NUMBER || value->kind == AWK_NONE)
		return true;
	if (value->kind != AWK_INPUT)
		return false;
	parse(value->string->data, &end);
	if (end == value->string->data)
		return false;
	while (isspace((unsigned char)*end))
		end++;
	return !*end;
}

static struct awk_string *whole_string(long long number)
{
	char digits[24], *at = digits + sizeof digits;
	unsigned long long left = number < 0 ? -(unsigned long long)number : (unsigned long long)number;
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		*--at = '-';
	return awk_string(at, (size_t)(digits + sizeof digits - at));
}

struct awk_string *awk_to_string(struct awk_value value, bool output)
{
	char buffer[512];
	int length;
	if (value.kind == AWK_NONE)
		return awk_string("", 0);
	if (value.kind != AWK_NUMBER) {
		value.string->references++;
		return value.string;
	}
	double number = value.number;
	if (isnan(number)) {
		length = snprintf(buffer, sizeof buffer, signbit(number) ? "-nan" : "nan");
	} else if (isinf(number)) {
		length = snprintf(buffer, sizeof buffer, number < 0 ? "-inf" : "inf");
	} else if (number == floor(number) && fabs(number) < 1e16) {
		return whole_string((long long)number);
	} else {
		struct awk_value *format = &awk_globals[output ? AWK_OFMT : AWK_CONVFMT].value;
		length = snprintf(buffer, sizeof buffer, format->string ? format->string->data : "%.6g", number);
	}
	return awk_string(buffer, (size_t)(length < 0 ? 0 : length));
}

bool awk_truth(struct awk_value value)
{
	if (value.kind == AWK_STRING || (value.kind == AWK_INPUT && !awk_is_numeric(&value)))
		return value.string->length > 0;
	return awk_to_number(value) != 0;
}

int awk_compare(struct awk_value a, struct awk_value b)
{
	if (awk_is_numeric(&a) && awk_is_numeric(&b)) {
		double x = awk_to_number(a), y = awk_to_number(b);
		return x < y ? -1 : x > y;
	}
	struct awk_string *x = awk_to_string(a, false), *y = awk_to_string(b, false);
	size_t length = x->length < y->length ? x->length : y->length;
	int order = memcmp(x->data, y->data, length);
	if (!order)
		order = x->length < y->length ? -1 : x->length > y->length;
	awk_drop(x);
	awk_drop(y);
	return order;
}

struct entry {
	struct entry *next;             /* in the slot */
	struct entry *before, *after;   /* in the order of insertion */
	struct awk_string *key;
	unsigned hash;
	struct awk_value value;
};

struct awk_array {
	struct entry **slots;
	size_t slot_count, count;
	struct entry *first, *last;
};

struct awk_array *awk_array_new(void)
{
	struct awk_array *array = allocate(sizeof *array);
	*array = (struct awk_array){.slot_count = 16};
	array->slots = allocate(array->slot_count * sizeof *array->slots);
	memset(array->slots, 0, array->slot_count * sizeof *array->slots);
	return array;
}

static unsigned hash_of(const struct awk_string *key)
{
	unsigned hash = 2166136261u;
	for (size_t i = 0; i < key->length; i++)
		hash = (hash ^ (unsigned char)key->data[i]) * 16777619u;
	return hash;
}

static struct entry **find(const struct awk_array *array, const struct awk_string *key, unsigned hash)
{
	struct entry **link = &array->slots[hash % array->slot_count];
	while (*link && !((*link)->hash == hash && (*link)->key->length == key->length && !memcmp((*link)->key->data, key->data, key->length)))
		link = &(*link)->next;
	return link;
}

static void grow(struct awk_array *array)
{
	array->slot_count *= 2;
	array->slots = reallocate(array->slots, array->slot_count * sizeof *array->slots);
	memset(array->slots, 0, array->slot_count * sizeof *array->slots);
	for (struct entry *entry = array->first; entry; entry = entry->after) {
		struct entry **slot = &array->slots[entry->hash % array->slot_count];
		entry->next = *slot;
		*slot = entry;
	}
}

struct awk_value *awk_array_at(struct awk_array *array, struct awk_string *key)
{
	unsigned hash = hash_of(key);
	struct entry **link = find(array, key, hash);
	if (*link)
		return &(*link)->value;
	struct entry *entry = allocate(sizeof *entry);
	*entry = (struct entry){.key = key, .hash = hash, .before = array->last};
	key->references++;
	*link = entry;
	*(array->last ? &array->last->after : &array->first) = entry;
	array->last = entry;
	if (++array->count > array->slot_count)
		grow(array);
	return &entry->value;
}

bool awk_array_has(struct awk_array *array, struct awk_string *key)
{
	return *find(array, key, hash_of(key)) != NULL;
}

void awk_array_delete(struct awk_array *array, struct awk_string *key)
{
	struct entry **link = find(array, key, hash_of(key)), *entry = *link;
	if (!entry)
		return;
	*link = entry->next;
	*(entry->before ? &entry->before->after : &array->first) = entry->after;
	*(entry->after ? &entry->after->before : &array->last) = entry->before;
	array->count--;
	awk_drop(entry->key);
	awk_release(entry->value);
	free(entry);
}

void awk_array_clear(struct awk_array *array)
{
	while (array->first)
		awk_array_delete(array, array->first->key);
}

void awk_array_free(struct awk_array *array)
{
	awk_array_clear(array);
	free(array->slots);
	free(array);
}

size_t awk_array_size(const struct awk_array *array)
{
	return array->count;
}

struct awk_string **awk_array_keys(const struct awk_array *array, size_t *count)
{
	struct awk_string **keys = allocate((array->count + 1) * sizeof *keys);
	*count = 0;
	for (struct entry *entry = array->first; entry; entry = entry->after) {
		entry->key->references++;
		keys[(*count)++] = entry->key;
	}
	return keys;
}
