/*
 * ps: report processes
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ps.html
 *
 * Usage: ps [OPTION]...
 * Without options: the processes of this user on this terminal.
 *   -A, -e        all processes
 *   -a            all on terminals but session leaders
 *   -d            all but session leaders
 *   a, x          all on terminals; those without one, too (ps aux: all)
 *   -C NAME       processes of that name
 *   -p, --pid N   these processes
 *   --ppid N      children of these processes
 *   -g SESSION    processes of these sessions, by their leaders; -G GROUP: of these real groups
 *   -n FILE       accepted, without effect
 *   -t, --tty T   processes on these terminals
 *   -u, -U USER   processes of these users (effective, real)
 *   -f, -l, u, l, -F, -j, j   full, long, user-oriented, job formats
 *   -o, -O LIST   columns: pid,ppid,user,comm,args,... each NAME or NAME=HEADER
 *   -L, -T        one line for each thread
 *   --sort LIST   order: columns, each with + or -
 *   --no-headers, h    no line of titles
 *   -w, w         132 columns; twice: no limit
 *   -H, --forest, f    as a tree
 *   -M, -y        accepted, without effect
 */
#include <ctype.h>
#include <getopt.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owner.h"
#include "ps.h"
#include "tools.h"

enum { PARENT = 256, SORT, NO_HEADERS, FOREST };

static struct {
	bool all, all_terminals, not_leaders, any_user, any_terminal, threads, titles, forest;
	char *pids, *parents, *names, *users, *real_users, *real_groups, *sessions, *terminals;
	int wide;
} flag = {.titles = true};

static struct ps_column *columns;
static char *sorting;
static int own_terminal;
static const struct process_list *tree;

/* True if `word` is one of the words of a list with commas or spaces. */
static bool contains(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = list; at && *at; at += strcspn(at, ", "), at += strspn(at, ", "))
		if (strcspn(at, ", ") == length && !strncmp(at, word, length))
			return true;
	return false;
}

static bool contains_number(const char *list, long number)
{
	char text[24];
	snprintf(text, sizeof text, "%ld", number);
	return contains(list, text);
}

static bool contains_user(const char *list, uid_t uid)
{
	return list && (contains(list, user_name(uid)) || contains_number(list, (long)uid));
}

static bool contains_group(const char *list, gid_t gid)
{
	return list && (contains(list, group_name(gid)) || contains_number(list, (long)gid));
}

static bool contains_terminal(const char *list, int device)
{
	const char *name = process_terminal(device);
	return list && device && (contains(list, name) || (!strncmp(name, "tty", 3) && contains(list, name + 3)));
}

static bool is_listed(const struct process *p)
{
	return contains_number(flag.pids, p->pid) || contains_number(flag.parents, p->parent) || contains(flag.names, p->name) ||
		contains_user(flag.users, p->effective_user) || contains_user(flag.real_users, p->user) || contains_terminal(flag.terminals, p->terminal) ||
		contains_number(flag.sessions, p->session) || contains_group(flag.real_groups, p->group_id);
}

static bool is_selected(const struct process *p)
{
	if (flag.all)
		return true;
	if (flag.pids || flag.parents || flag.names || flag.users || flag.real_users || flag.terminals || flag.sessions || flag.real_groups)
		return is_listed(p);
	if (flag.not_leaders)
		return p->pid != p->session;
	if (flag.all_terminals)
		return p->terminal && p->pid != p->session;
	if (flag.any_user || flag.any_terminal)
		return (flag.any_user || p->effective_user == geteuid()) && (flag.any_terminal || p->terminal);
	return p->effective_user == geteuid() && p->terminal == own_terminal;
}

static int compare(const void *left, const void *right)
{
	const struct process *a = left, *b = right;
	for (const char *at = sorting; at && *at;) {
		int sign = *at == '-' ? -1 : 1;
		at += *at == '-' || *at == '+';
		char *name = duplicate_range(at, strcspn(at, ","));
		int order = sign * ps_compare(name, a, b);
		free(name);
		if (order)
			return order;
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return a->pid != b->pid ? (a->pid < b->pid ? -1 : 1) : (a->thread > b->thread) - (a->thread < b->thread);
}

static void check_sorting(void)
{
	for (const char *at = sorting; at && *at; at += *at == ',') {
		at += *at == '-' || *at == '+';
		char *name = duplicate_range(at, strcspn(at, ","));
		ps_check_name(name);
		free(name);
		at += strcspn(at, ",");
	}
}

static void use_format(char letter)
{
	static const char *const formats[] = {
		['f'] = "uid_name,pid,ppid,c,stime,tname,time,cmd", ['F'] = "uid_name,pid,ppid,c,sz,rss,psr,stime,tname,time,cmd",
		['l'] = "f,s,uid,pid,ppid,c,opri,ni,addr_1,sz,wchan,tname,time,ucmd",
		['u'] = "user,pid,pcpu,pmem,vsz,rss,tname,stat,start_time,bsdtime,args",
		['L'] = "pid,lwp,tname,time,ucmd", ['T'] = "pid,spid,tname,time,ucmd", ['v'] = "f,uid,pid,ppid,priority,ni,vsz,rss,wchan,stat,tname,bsdtime,args",
		['j'] = "pid,pgid,sid,tname,time,ucmd", ['J'] = "ppid,pid,pgid,sid,tname,tpgid,stat,uid,bsdtime,args",
		['x'] = "pid,tname,stat,bsdtime,args", ['n'] = "pid,tname,time,ucmd"};
	if (columns)
		return;
	bool full = letter == 'f' && flag.threads;
	ps_add_columns(&columns, full ? "uid_name,pid,ppid,lwp,c,nlwp,stime,tname,time,cmd" : formats[(int)letter]);
}

static char *join(char *list, const char *more)
{
	char *joined = list ? format_text("%s,%s", list, more) : duplicate(more);
	free(list);
	return joined;
}

static char format_letter;

/* Each of a list of names and numbers, separated by commas or blanks, must be a user's name or a number. */
static char *known_users(char *list)
{
	char *copy = duplicate(list);
	for (char *rest = copy, *word; (word = strsep(&rest, ", "));)
		if (*word && word[strspn(word, "0123456789")] && !getpwnam(word))
			errx(1, "error: user name does not exist: %s", word);
	free(copy);
	return list;
}

static void apply_option(int option)
{
	switch (option) {
	case 'A':
	case 'e': flag.all = true; break;
	case 'a': flag.all_terminals = true; break;
	case 'd': flag.not_leaders = true; break;
	case 'C': flag.names = join(flag.names, optarg); break;
	case 'p': flag.pids = join(flag.pids, optarg); break;
	case PARENT: flag.parents = join(flag.parents, optarg); break;
	case 't': flag.terminals = join(flag.terminals, optarg); break;
	case 'u': flag.users = join(flag.users, known_users(optarg)); break;
	case 'U': flag.real_users = join(flag.real_users, known_users(optarg)); break;
	case 'g': flag.sessions = join(flag.sessions, optarg); break;
	case 'G': flag.real_groups = join(flag.real_groups, optarg); break;
	case 'o': ps_add_columns(&columns, optarg); break;
	case 'O':
		ps_add_columns(&columns, "pid");
		ps_add_columns(&columns, optarg);
		ps_add_columns(&columns, "s,tname,time,args");
		break;
	case 'L':
	case 'T':
		flag.threads = true;
		if (!format_letter)
			format_letter = (char)option;
		break;
	case 'f':
	case 'F':
	case 'j':
	case 'l': format_letter = (char)option; break;
	case 'H':
	case FOREST: flag.forest = true; break;
	case 'w': flag.wide++; break;
	case SORT: sorting = join(sorting, optarg); break;
	case NO_HEADERS: flag.titles = false; break;
	default: break;
	}
}

/* Options in BSD's form, without a dash: ps aux, ps ax, ps 1. */
static void apply_bsd(const char *word)
{
	if (isdigit((unsigned char)*word)) {
		flag.pids = join(flag.pids, word);
		if (!format_letter)
			format_letter = 'x';
		return;
	}
	for (; *word; word++) {
		switch (*word) {
		case 'a': flag.any_user = true; break;
		case 'x': flag.any_terminal = true; break;
		case 'e': break;
		case 'f': flag.forest = true; break;
		case 'h': flag.titles = false; break;
		case 'w': flag.wide++; break;
		case 'u':
		case 'v': format_letter = *word; break;
		case 'l': format_letter = 'v'; break;
		case 'j': format_letter = 'J'; break;
		case 'o':
		case 'p':
		case 'U':
			optarg = (char *)word + 1;
			apply_option(*word);
			return;
		default: usage_error("error: unsupported option (BSD syntax)");
		}
	}
	if (!format_letter)
		format_letter = 'x';
}

static void put_tree(const struct process *p, int depth, int width)
{
	struct process shown = *p;
	if (depth)
		shown.arguments = format_text("%*s\\_ %s", (depth - 1) * 4 + 1, "", p->arguments ? p->arguments : p->name);
	ps_put_line(columns, &shown, width);
	if (depth)
		free(shown.arguments);
	for (size_t i = 0; i < tree->count; i++)
		if (tree->items[i].parent == p->pid && tree->items[i].pid != p->pid)
			put_tree(&tree->items[i], depth + 1, width);
}

static bool has_parent(const struct process *p)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->items[i].pid == p->parent && p->parent != p->pid)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"pid", required_argument, NULL, 'p'}, {"ppid", required_argument, NULL, PARENT}, {"tty", required_argument, NULL, 't'},
		{"user", required_argument, NULL, 'u'}, {"User", required_argument, NULL, 'U'}, {"format", required_argument, NULL, 'o'},
		{"sort", required_argument, NULL, SORT}, {"no-headers", no_argument, NULL, NO_HEADERS}, {"no-heading", no_argument, NULL, NO_HEADERS},
		{"noheaders", no_argument, NULL, NO_HEADERS}, {"forest", no_argument, NULL, FOREST}, {0}};
	for (int option; (option = next_long_option(argc, argv, "AaC:deFfg:G:HjLlMn:O:o:p:Tt:U:u:wy", longs)) != -1;)
		apply_option(option);
	for (char **word = argv + optind; *word; word++)
		apply_bsd(*word);
	struct process self;
	if (process_read(getpid(), &self))
		own_terminal = self.terminal;
	ps_prepare();
	use_format(format_letter ? format_letter : 'n');
	check_sorting();
	struct process_list list = process_list(flag.threads), chosen = {0};
	chosen.items = allocate((list.count + 1) * sizeof *chosen.items);
	for (size_t i = 0; i < list.count; i++)
		if (is_selected(&list.items[i]))
			chosen.items[chosen.count++] = list.items[i];
	qsort(chosen.items, chosen.count, sizeof *chosen.items, compare);
	int width, rows;
	terminal_size(STDOUT_FILENO, &width, &rows);
	width = flag.wide > 1 || !isatty(STDOUT_FILENO) ? 0 : flag.wide ? 132 : width;
	if (flag.titles)
		ps_put_header(columns);
	tree = &chosen;
	for (size_t i = 0; i < chosen.count; i++) {
		if (!flag.forest)
			ps_put_line(columns, &chosen.items[i], width);
		else if (!has_parent(&chosen.items[i]))
			put_tree(&chosen.items[i], 0, width);
	}
	return chosen.count ? 0 : 1;
}
