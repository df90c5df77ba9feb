/* The parts of vi: the text, its undo, the screen, motions, commands and the ex line. */
#ifndef VI_H
#define VI_H


#include "keys.h"
#include "regular.h"
#include "tools.h"

/* A position: a line (from 0) and a byte in it. */
struct position {
	int line;
	int column;
};

/* buffer.c: the text. There is always at least one line. */
struct line {
	char *bytes; /* terminated, no newline */
	int length;
	bool is_marked; /* by g: still to come */
};
struct buffer {
	struct line *lines;
	int count, capacity;
	char *name; /* of the file; null: none */
	bool modified;
	bool lacks_newline; /* the file did not end with one */
	bool has_no_lines;  /* the one line that is there stands for none */
};
extern struct buffer buffer;
void buffer_clear(void);
void buffer_insert(int at, const char *bytes, int length); /* a new line before `at` */
void buffer_remove(int at, int count);
void buffer_replace(int at, const char *bytes, int length);
/* Bytes of one line: removes `removed` of them at the position, inserts others. */
void buffer_splice(struct position at, int removed, const char *bytes, int length);
bool buffer_load(const char *name, int at, int *lines,
				 long *bytes); /* before line `at`; false: errno */
bool buffer_save(const char *name, int first, int last, bool append, int *lines, long *bytes);
int next_character(struct position at);     /* column of the one behind */
int previous_character(struct position at); /* column of the one before; 0 at the start */
int character_class(struct position at,
					bool big_words); /* 0 blank, 1 word, 2 other; -1 at the line's end */
int first_nonblank(int line);

/* maps.c */
const char *find_abbreviation(const char *word, size_t length); /* null: it is none */
/* The keys that typed ones stand for in that mode; `more`: further keys may make it one that is mapped. */
const int *find_map(bool in_insert, const int *keys, int count, int *result_count, bool *more);
void type_keys(const int *keys, int count); /* vi.c: as if they were typed now */

/* undo.c: one change is a run of lines that became another run. */
void begin_change(int first, int count); /* lines that will be changed or removed */
void end_change(int new_count);          /* how many lines stand in their place */
bool undo_change(struct position *cursor);
bool redo_change(struct position *cursor);
void forget_changes(void);
bool restore_line(void); /* U: the cursor's line as it was before the changes to it; false: there were none */

/* The editor. */
enum mode { MODE_COMMAND, MODE_INSERT, MODE_REPLACE };
struct editor {
	struct position cursor;
	int wanted; /* column on the screen that j and k keep; -1: the cursor's own; INT_MAX: the end */
	enum mode mode;
	int top; /* first line on the screen */
	int columns, rows; /* of the screen; the last row is for messages */
	char message[256];
	bool is_error; /* the message stands out */
	bool done;
	bool is_line_mode, is_silent; /* ex, ex -s */
	int status;
	struct {
		bool number, ignore_case, list, auto_indent, wrap_scan, expand_tab;
		int shift_width, tab_stop;
	} options;
};
extern struct editor editor;
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* vi.c: keys, from the terminal or repeated by `.` */
int get_key(void);
void push_keys(const int *keys, int count); /* read before the terminal's */
void drop_pushed_keys(void);
void keep_cursor_inside(void);

/* line-mode.c */
void enter_line_mode(void);
void leave_line_mode(void);
void run_line_command(void); /* one line of standard input */
void say_line(const char *message, bool is_error);
void print_line(int at, bool numbered, bool visibly);

/* screen.c: nothing of it does anything in the line mode */
void start_screen(void);
void end_screen(void);
void draw_screen(void);
void redraw_screen(void); /* everything, whatever is thought to stand there */
void measure_screen(void);
int screen_column(struct position at);
int column_at(int line, int wanted); /* the byte that stands in that column of the screen */
int rows_of(int line);
int last_line_on_screen(void);
/* A line typed at the bottom behind `prompt`, on the heap; null if given up. */
char *ask_line(const char *prompt);

/* motions.c and words.c */
struct motion {
	struct position to;
	bool linewise;
	bool inclusive; /* the character at the end belongs to it */
};
/* Performs the motion of `key` from the cursor. False if `key` is none, or it cannot move. */
bool find_motion(int key, int count, bool counted, bool for_operator, struct motion *motion);
/* The bounds of iw, aw, i", a( and the like at the cursor; `to` is inclusive. False if there is
 * none. */
bool find_object(bool around, int key, struct position *from, struct position *to);
bool word_forward(struct position *at, bool big_words);
bool word_end(struct position *at, bool big_words);
bool word_back(struct position *at, bool big_words);
bool matching_bracket(struct position *at);
/* sections.c */
bool sentence(int step, int count, struct position *at);
bool section(int step, int count, struct position *at);
void set_mark(int name, struct position at);
void remember_place(void); /* for '' */

/* search.c */
bool search(const char *pattern, bool backwards, int count, struct position *to);
bool search_again(bool opposite, int count, struct position *to);
const char *search_pattern(void); /* the last one; null: there was none */
bool compile_pattern(const char *pattern, regex_t *regex); /* empty: the last one; message if bad */

/* registers.c */
void keep_deleted(struct position from, struct position to, bool linewise); /* into "1, the others move on */
void execute_register(int name); /* as keys, or each of its lines as an ex command */
void yank(int name, struct position from, struct position to,
		  bool linewise); /* `to` is behind the end */
void put(int name, int count, bool before);

/* operators.c */
bool run_operator(int operator, int name, int count, bool counted); /* reads the motion */
void delete_span(struct position from, struct position to); /* as one change; not linewise */
void delete_lines(int first, int last);
void join_lines(int count);
void shift_lines(int first, int last, int step);
void toggle_case(int count);

/* insert.c */
void insert_mode(int count); /* at the cursor, inside a change that has begun there */
void open_line(int at);      /* begins a change with a new line before `at` */
void replace_mode(int count);

/* commands.c */
void run_command(void);

/* ex.c, substitute.c */
void set_read_only(void);
void set_files(char **names, int count);
void run_ex(const char *line);
struct range {
	int first, last;
	bool given;
};
void substitute(struct range range, const char *arguments);
/* & and s without a pattern; `by_search`: of the pattern that was searched for last. */
void substitute_again(struct range range, const char *arguments, bool by_search);
void filter_lines(int first, int last, const char *command); /* shell-commands.c */
void global_command(struct range range, const char *arguments, bool inverted);
char *take_pattern(const char **text, char delimiter); /* up to the delimiter; on the heap */
bool write_file(const char *name, struct range range, bool append, bool forced);

#endif
