/* Makes machines of patterns: Thompson's construction over a recursive descent through POSIX basic and extended expressions. */
#include "machine.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

enum { MOST_NODES = 2000, MOST_COPIES = 20 };

/* A part of a machine: its first node, and an empty one at its end. */
struct part {
	int first, last;
};

static struct {
	struct machine *machine;
	const char *at, *start;
	bool is_extended, ignores_case, is_unknown;
	int depth;
} parser;

static struct part parse_alternatives(void);

static int add_node(enum node_kind kind)
{
	struct machine *machine = parser.machine;
	machine->nodes = reallocate(machine->nodes, (size_t)(machine->count + 1) * sizeof *machine->nodes);
	machine->nodes[machine->count] = (struct node){.kind = kind, .next = -1, .other = -1};
	parser.is_unknown |= machine->count > MOST_NODES;
	return machine->count++;
}

static void join_nodes(int from, int to)
{
	parser.machine->nodes[from].next = to;
}

static struct part single(enum node_kind kind)
{
	struct part part = {add_node(kind), add_node(NODE_EMPTY)};
	join_nodes(part.first, part.last);
	return part;
}

static void set_byte(uint64_t set[4], int byte)
{
	set[byte >> 6] |= 1ull << (byte & 63);
}

static struct part bytes_part(const uint64_t set[4])
{
	struct part part = single(NODE_BYTES);
	memcpy(parser.machine->nodes[part.first].bytes, set, 4 * sizeof *set);
	return part;
}

static struct part byte_part(unsigned char byte)
{
	uint64_t set[4] = {0};
	set_byte(set, byte);
	if (parser.ignores_case && byte < 128) {
		set_byte(set, tolower(byte));
		set_byte(set, toupper(byte));
	}
	parser.is_unknown |= parser.ignores_case && byte >= 128;
	return bytes_part(set);
}

static struct part alternative(struct part left, struct part right)
{
	struct part part = {add_node(NODE_SPLIT), add_node(NODE_EMPTY)};
	parser.machine->nodes[part.first].next = left.first;
	parser.machine->nodes[part.first].other = right.first;
	join_nodes(left.last, part.last);
	join_nodes(right.last, part.last);
	return part;
}

/* Any number of times. */
static struct part star(struct part inner)
{
	struct part part = {add_node(NODE_SPLIT), add_node(NODE_EMPTY)};
	parser.machine->nodes[part.first].next = inner.first;
	parser.machine->nodes[part.first].other = part.last;
	join_nodes(inner.last, part.first);
	return part;
}

static struct part sequence(struct part left, struct part right)
{
	join_nodes(left.last, right.first);
	return (struct part){left.first, right.last};
}

/* Those of ASCII, or any bytes from 128 on: a character of several, or one that is none. */
static struct part wide_part(const uint64_t ascii[2])
{
	uint64_t set[4] = {ascii[0], ascii[1], ~0ull, ~0ull}, rest[4] = {0, 0, ~0ull, 0};
	return sequence(bytes_part(set), star(bytes_part(rest)));
}

static bool is_in_class(const char *name, size_t length, int byte)
{
	static const struct {
		const char *name;
		int (*test)(int);
	} classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum}, {"upper", isupper}, {"lower", islower}, {"space", isspace},
		{"blank", isblank}, {"punct", ispunct}, {"print", isprint}, {"graph", isgraph}, {"cntrl", iscntrl}, {"xdigit", isxdigit}};
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strlen(classes[i].name) == length && !strncmp(classes[i].name, name, length))
			return classes[i].test(byte);
	parser.is_unknown = true;
	return false;
}

/* \w \W \s \S */
static struct part named_class(char letter)
{
	uint64_t ascii[2] = {0};
	for (int byte = 0; byte < 128; byte++) {
		bool is_in = tolower((unsigned char)letter) == 'w' ? isalnum(byte) || byte == '_' : isspace(byte);
		if (is_in != (letter < 'a'))
			ascii[byte >> 6] |= 1ull << (byte & 63);
	}
	return wide_part(ascii);
}

static void add_range(uint64_t ascii[2], int low, int high)
{
	for (int byte = low; byte <= high && byte < 128; byte++) {
		ascii[byte >> 6] |= 1ull << (byte & 63);
		if (parser.ignores_case) {
			ascii[tolower(byte) >> 6] |= 1ull << (tolower(byte) & 63);
			ascii[toupper(byte) >> 6] |= 1ull << (toupper(byte) & 63);
		}
	}
}

/* [...], from behind its bracket. */
static struct part parse_bracket(void)
{
	uint64_t ascii[2] = {0};
	const char *at = parser.at;
	bool is_negated = *at == '^', is_wide = is_negated, is_folding = parser.ignores_case;
	at += is_negated;
	/* Whether a case that is left out leaves out the other one too, nobody needs to know here. */
	if (is_negated && is_folding)
		parser.ignores_case = parser.machine->is_exact = false;
	for (const char *first = at; *at && (*at != ']' || at == first);) {
		unsigned char low = (unsigned char)*at, high = low;
		if (*at == '[' && strchr(".=", at[1]) && at[1]) {
			parser.is_unknown = true;
			break;
		}
		if (*at == '[' && at[1] == ':') {
			const char *end = strstr(at + 2, ":]");
			if (!end) {
				parser.is_unknown = true;
				break;
			}
			for (int byte = 0; byte < 128; byte++)
				if (is_in_class(at + 2, (size_t)(end - at - 2), byte))
					add_range(ascii, byte, byte);
			is_wide = true;
			at = end + 2;
			continue;
		}
		at++;
		if (*at == '-' && at[1] && at[1] != ']') {
			high = (unsigned char)at[1];
			parser.is_unknown |= high == '[';
			at += 2;
		}
		is_wide |= low >= 128 || high >= 128;
		if (low < 128)
			add_range(ascii, low, high);
	}
	parser.ignores_case = is_folding;
	parser.is_unknown |= *at != ']';
	parser.at = *at ? at + 1 : at;
	if (is_negated)
		ascii[0] = ~ascii[0], ascii[1] = ~ascii[1];
	uint64_t set[4] = {ascii[0], ascii[1]};
	return is_wide ? wide_part(ascii) : bytes_part(set);
}

static struct part parse_escape(void)
{
	char letter = *parser.at;
	if (!letter) {
		parser.is_unknown = true;
		return single(NODE_EMPTY);
	}
	parser.at++;
	if (strchr("wWsS", letter))
		return named_class(letter);
	if (strchr("bB<>", letter)) {
		parser.machine->is_exact = false;
		return single(NODE_EMPTY);
	}
	parser.is_unknown |= isalnum((unsigned char)letter) || letter == '`' || letter == '\'';
	return byte_part((unsigned char)letter);
}

static bool ends_here(void)
{
	const char *at = parser.at;
	return parser.is_extended ? !*at || *at == '|' || (*at == ')' && parser.depth) : !*at || !strncmp(at, "\\|", 2) || (!strncmp(at, "\\)", 2) && parser.depth);
}

static struct part parse_group(void)
{
	parser.depth++;
	struct part inner = parse_alternatives();
	parser.depth--;
	size_t size = parser.is_extended ? 1 : 2;
	parser.is_unknown |= strncmp(parser.at, parser.is_extended ? ")" : "\\)", size) != 0;
	if (!parser.is_unknown)
		parser.at += size;
	return inner;
}

/* A character of several bytes, which is repeated as one; `first` was its first. */
static struct part parse_wide(unsigned char first)
{
	struct part whole = byte_part(first);
	parser.is_unknown |= MB_CUR_MAX > 1 && ((first & 0xc0) != 0xc0 || ((unsigned char)*parser.at & 0xc0) != 0x80);
	while (MB_CUR_MAX > 1 && ((unsigned char)*parser.at & 0xc0) == 0x80)
		whole = sequence(whole, byte_part((unsigned char)*parser.at++));
	return whole;
}

static struct part parse_atom(bool is_first)
{
	static const uint64_t any[2] = {~0ull, ~0ull};
	char letter = *parser.at++;
	if (letter & 0x80)
		return parse_wide((unsigned char)letter);
	if (letter == '\\') {
		if (!parser.is_extended && *parser.at == '(') {
			parser.at++;
			return parse_group();
		}
		parser.is_unknown |= !parser.is_extended && *parser.at && strchr("{})+?|", *parser.at);
		return parse_escape();
	}
	if (letter == '[')
		return parse_bracket();
	if (letter == '.')
		return wide_part(any);
	if (letter == '(' && parser.is_extended)
		return parse_group();
	if (letter == '^' && (parser.is_extended || parser.at == parser.start + 1))
		return single(NODE_BEGIN);
	if (letter == '$' && (parser.is_extended || !*parser.at))
		return single(NODE_END);
	/* In basic expressions an anchor elsewhere may be one or mean itself. */
	parser.is_unknown |= letter == '^' || letter == '$' || (parser.is_extended && strchr("*+?{)", letter)) || (letter == '*' && !is_first);
	return byte_part((unsigned char)letter);
}

/* The next repetition: least and most times (-1: no end). False: there is none. */
static bool parse_repetition(int *least, int *most)
{
	const char *at = parser.at;
	bool has_backslash = !parser.is_extended && *at == '\\';
	char letter = has_backslash ? at[1] : *at;
	if (letter == '*' && !has_backslash) {
		*least = 0, *most = -1;
	} else if (letter && strchr("+?", letter) && (parser.is_extended || has_backslash)) {
		*least = letter == '+', *most = letter == '+' ? -1 : 1;
	} else if (letter == '{' && (parser.is_extended || has_backslash)) {
		char *end;
		at += has_backslash + 1;
		parser.is_unknown |= !isdigit((unsigned char)*at);
		*least = *most = (int)strtol(at, &end, 10);
		if (*end == ',')
			*most = isdigit((unsigned char)end[1]) ? (int)strtol(end + 1, &end, 10) : (end++, -1);
		end += has_backslash && *end == '\\';
		parser.is_unknown |= *end != '}';
		parser.at = *end ? end + 1 : end;
		return true;
	} else {
		return false;
	}
	parser.at = at + has_backslash + 1;
	return true;
}

/* The atom that begins at `start` again; the place stays. */
static struct part copy_atom(const char *start, bool is_first)
{
	const char *at = parser.at;
	parser.at = start;
	struct part part = parse_atom(is_first);
	parser.at = at;
	return part;
}

static struct part parse_piece(bool is_first)
{
	const char *start = parser.at;
	struct part part = parse_atom(is_first);
	int least, most;
	if (parser.is_unknown || !parse_repetition(&least, &most))
		return part;
	parser.is_unknown |= *start == '^' || *start == '$'; /* what is repeated there depends on where it stands */
	if (least > MOST_COPIES || most > MOST_COPIES) {
		parser.machine->is_exact = false;
		least = least > MOST_COPIES ? MOST_COPIES : least;
		most = -1;
	}
	struct part whole = least ? part : most < 0 ? star(part) : most ? alternative(part, single(NODE_EMPTY)) : single(NODE_EMPTY);
	for (int i = 1; i < least; i++)
		whole = sequence(whole, copy_atom(start, is_first));
	if (least && most < 0)
		whole = sequence(whole, star(copy_atom(start, is_first)));
	for (int i = least ? least : 1; i < most; i++)
		whole = sequence(whole, alternative(copy_atom(start, is_first), single(NODE_EMPTY)));
	/* Repetitions of repetitions: more than they are. */
	while (!parser.is_unknown && parse_repetition(&least, &most)) {
		parser.machine->is_exact = false;
		whole = star(whole);
	}
	return whole;
}

static struct part parse_sequence(void)
{
	struct part whole = single(NODE_EMPTY);
	for (bool is_first = true; !ends_here() && !parser.is_unknown; is_first = false)
		whole = sequence(whole, parse_piece(is_first));
	return whole;
}

static struct part parse_alternatives(void)
{
	struct part whole = parse_sequence();
	while (!parser.is_unknown && *parser.at && (parser.is_extended ? *parser.at == '|' : !strncmp(parser.at, "\\|", 2))) {
		parser.at += parser.is_extended ? 1 : 2;
		whole = alternative(whole, parse_sequence());
	}
	return whole;
}

bool machine_add(struct machine *machine, const char *pattern, char kind, bool ignore_case)
{
	if (!machine->nodes)
		machine->is_exact = true, machine->start = -1;
	parser.machine = machine;
	parser.at = parser.start = pattern;
	parser.is_extended = kind == 'E';
	parser.ignores_case = ignore_case;
	parser.is_unknown = false;
	parser.depth = 0;
	struct part whole;
	if (kind == 'F') {
		whole = single(NODE_EMPTY);
		for (; *pattern; pattern++)
			whole = sequence(whole, byte_part((unsigned char)*pattern));
	} else {
		whole = parse_alternatives();
	}
	join_nodes(whole.last, add_node(NODE_MATCH));
	if (machine->start >= 0) {
		int split = add_node(NODE_SPLIT);
		machine->nodes[split].next = machine->start;
		machine->nodes[split].other = whole.first;
		machine->start = split;
	} else {
		machine->start = whole.first;
	}
	return !parser.is_unknown && (kind == 'F' || !*parser.at);
}
