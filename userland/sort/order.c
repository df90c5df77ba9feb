/* The order of lines: keys, and the kinds of comparison of sort. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sort.h"
#include "tools.h"

struct sort_key *sort_keys;
struct sort_ordering sort_global;
int sort_separator = -1;
unsigned sort_seed;

static bool is_blank(char c)
{
	return isblank((unsigned char)c) || c == '\n';
}

/* End of the field that starts at `at`: leading blanks belong to it. */
static const char *field_end(const char *at, const char *end)
{
	if (sort_separator >= 0) {
		while (at < end && *at != (char)sort_separator)
			at++;
		return at;
	}
	while (at < end && is_blank(*at))
		at++;
	while (at < end && !is_blank(*at))
		at++;
	return at;
}

static const char *field_start(const char *at, const char *end, size_t field)
{
	for (; field > 1 && at < end; field--) {
		at = field_end(at, end);
		if (sort_separator >= 0 && at < end)
			at++;
	}
	return at;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static struct sort_line key_of(const struct sort_line *line, const struct sort_key *key)
{
	const char *end = line->text + line->length;
	const char *start = field_start(line->text, end, key->first_field);
	if (key->ordering.blanks)
		start = skip_blanks(start, end);
	start = (size_t)(end - start) < key->first_char - 1 ? end : start + key->first_char - 1;
	const char *stop = end;
	if (key->last_field && key->last_char) {
		stop = field_start(line->text, end, key->last_field);
		if (key->end_blanks)
			stop = skip_blanks(stop, end);
		stop = (size_t)(end - stop) < key->last_char ? end : stop + key->last_char;
	} else if (key->last_field) {
		stop = field_end(field_start(line->text, end, key->last_field), end);
	}
	return (struct sort_line){.text = (char *)start, .length = stop > start ? (size_t)(stop - start) : 0};
}

void sort_find_key(struct sort_line *line)
{
	if (!sort_keys)
		return;
	struct sort_line key = key_of(line, sort_keys);
	line->key = key.text;
	line->key_length = key.length;
}

static struct sort_line first_key_of(const struct sort_line *line)
{
	return line->key ? (struct sort_line){.text = line->key, .length = line->key_length} : key_of(line, sort_keys);
}

static bool counts(char c, const struct sort_ordering *ordering)
{
	unsigned char u = (unsigned char)c;
	return !(ordering->dictionary && !isalnum(u) && !isblank(u)) && !(ordering->printable && !isprint(u));
}

int sort_compare_text(struct sort_line a, struct sort_line b, const struct sort_ordering *ordering)
{
	if (!ordering->dictionary && !ordering->fold && !ordering->printable) {
		int order = memcmp(a.text, b.text, a.length < b.length ? a.length : b.length);
		return order ? order : a.length < b.length ? -1 : a.length > b.length;
	}
	size_t i = 0, j = 0;
	for (;; i++, j++) {
		while (i < a.length && !counts(a.text[i], ordering))
			i++;
		while (j < b.length && !counts(b.text[j], ordering))
			j++;
		if (i == a.length || j == b.length)
			return (i < a.length) - (j < b.length);
		unsigned char c = (unsigned char)a.text[i], d = (unsigned char)b.text[j];
		if (ordering->fold)
			c = (unsigned char)toupper(c), d = (unsigned char)toupper(d);
		if (c != d)
			return c - d;
	}
}

static size_t digit_run(const char *at, const char *end)
{
	const char *start = at;
	while (at < end && isdigit((unsigned char)*at))
		at++;
	return (size_t)(at - start);
}

/* Decimal numbers of any length, digit by digit. */
static int compare_numbers(struct sort_line a, struct sort_line b)
{
	const char *p = a.text, *pe = p + a.length, *q = b.text, *qe = q + b.length;
	p = skip_blanks(p, pe), q = skip_blanks(q, qe);
	bool minus_p = p < pe && *p == '-', minus_q = q < qe && *q == '-';
	p += minus_p, q += minus_q;
	while (p < pe && *p == '0')
		p++;
	while (q < qe && *q == '0')
		q++;
	size_t whole_p = digit_run(p, pe), whole_q = digit_run(q, qe);
	const char *fraction_p = p + whole_p < pe && p[whole_p] == '.' ? p + whole_p + 1 : pe;
	const char *fraction_q = q + whole_q < qe && q[whole_q] == '.' ? q + whole_q + 1 : qe;
	size_t rest_p = digit_run(fraction_p, pe), rest_q = digit_run(fraction_q, qe);
	while (rest_p && fraction_p[rest_p - 1] == '0')
		rest_p--;
	while (rest_q && fraction_q[rest_q - 1] == '0')
		rest_q--;
	bool zero_p = !whole_p && !rest_p, zero_q = !whole_q && !rest_q;
	minus_p = minus_p && !zero_p, minus_q = minus_q && !zero_q;
	if (minus_p != minus_q)
		return minus_p ? -1 : 1;
	int order = whole_p < whole_q ? -1 : whole_p > whole_q;
	if (!order)
		order = memcmp(p, q, whole_p);
	if (!order)
		order = memcmp(fraction_p, fraction_q, rest_p < rest_q ? rest_p : rest_q);
	if (!order)
		order = rest_p < rest_q ? -1 : rest_p > rest_q;
	return minus_p ? -order : order;
}

static int compare_general(struct sort_line a, struct sort_line b)
{
	char *end_a, *end_b;
	double x = strtod(a.text, &end_a), y = strtod(b.text, &end_b);
	bool number_a = end_a != a.text && a.length, number_b = end_b != b.text && b.length;
	if (!number_a || !number_b)
		return number_a - number_b;
	if (isnan(x) || isnan(y))
		return isnan(y) - isnan(x);
	return (x > y) - (x < y);
}

static int human_power(struct sort_line a)
{
	const char *at = skip_blanks(a.text, a.text + a.length), *end = a.text + a.length;
	at += strspn(at, "-0123456789.");
	const char *found = at < end && *at ? strchr("kKMGTPEZY", *at) : NULL;
	return !found ? 0 : *found == 'k' ? 1 : (int)(found - "kKMGTPEZY");
}

static int compare_human(struct sort_line a, struct sort_line b)
{
	int x = human_power(a), y = human_power(b);
	bool minus = *skip_blanks(a.text, a.text + a.length) == '-';
	if (x != y)
		return minus ? y - x : x - y;
	return compare_numbers(a, b);
}

static int month_of(struct sort_line a)
{
	static const char names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
	const char *at = skip_blanks(a.text, a.text + a.length);
	if (a.text + a.length - at < 3)
		return 0;
	for (int i = 0; i < 12; i++)
		if (toupper(at[0]) == names[i * 3] && toupper(at[1]) == names[i * 3 + 1] && toupper(at[2]) == names[i * 3 + 2])
			return i + 1;
	return 0;
}

static int compare_version(struct sort_line a, struct sort_line b)
{
	char *x = duplicate_range(a.text, a.length), *y = duplicate_range(b.text, b.length);
	int order = strverscmp(x, y);
	free(x);
	free(y);
	return order;
}

static unsigned hash(struct sort_line a)
{
	unsigned value = 2166136261u ^ sort_seed;
	for (size_t i = 0; i < a.length; i++)
		value = (value ^ (unsigned char)a.text[i]) * 16777619u;
	return value ^ value >> 15;
}

static int compare_keys(struct sort_line a, struct sort_line b, const struct sort_ordering *ordering)
{
	int order;
	if (ordering->blanks) {
		const char *x = skip_blanks(a.text, a.text + a.length), *y = skip_blanks(b.text, b.text + b.length);
		a = (struct sort_line){.text = (char *)x, .length = a.length - (size_t)(x - a.text)};
		b = (struct sort_line){.text = (char *)y, .length = b.length - (size_t)(y - b.text)};
	}
	switch (ordering->kind) {
	case 'n': order = compare_numbers(a, b); break;
	case 'g': order = compare_general(a, b); break;
	case 'h': order = compare_human(a, b); break;
	case 'M': order = month_of(a) - month_of(b); break;
	case 'V': order = compare_version(a, b); break;
	case 'R': order = hash(a) < hash(b) ? -1 : hash(a) > hash(b); break;
	default: order = sort_compare_text(a, b, ordering);
	}
	return ordering->reverse ? -order : order;
}

int sort_compare(const struct sort_line *a, const struct sort_line *b)
{
	if (!sort_keys)
		return compare_keys(*a, *b, &sort_global);
	int order = compare_keys(first_key_of(a), first_key_of(b), &sort_keys->ordering);
	for (const struct sort_key *key = sort_keys->next; key && !order; key = key->next)
		order = compare_keys(key_of(a, key), key_of(b, key), &key->ordering);
	return order;
}
