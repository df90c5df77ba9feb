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
	unsigned long version; /* another one after each change */
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
/* input.c: as if they were typed now; those of type_keys are no maps, of feed_keys they may be */
void type_keys(const int *keys, int count);
void feed_keys(const int *keys, int count);
void drop_typed_keys(void);

/* undo.c: one change is a run of lines that became another run. */
void begin_change(int first, int count); /* lines that will be changed or removed */
void end_change(int new_count);          /* how many lines stand in their place */
bool undo_change(struct position *cursor);
/* What is changed in between is undone together. */
void begin_group(void);
void end_group(void);
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
	bool has_failed; /* the command could not do it: what comes from maps and registers ends there */
	bool is_error; /* the message stands out */
	bool done;
	bool is_line_mode, is_silent; /* ex, ex -s */
	int status;
	int recording; /* the register that keys go to; 0: none */
	bool is_viewing, is_read_only_chosen; /* -R; the user has set or unset readonly */
	struct {
		bool number, ignore_case, list, auto_indent, wrap_scan, expand_tab;
		bool auto_print, auto_write, beautify, ed_compatible, error_bells, exrc, magic, mesg, prompt, read_only, remap, show_match, show_mode, warn, write_any;
		bool redraw, slow_open, terse; /* are kept, and mean nothing for today's terminals */
		int shift_width, tab_stop, report, scroll, tag_length, window, wrap_margin;
		char *directory, *paragraphs, *sections, *shell, *tags, *term;
	} options;
};
extern struct editor editor;
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* input.c: keys, from the terminal or repeated by `.` */
void run_typed_command(void);
void stop_by_signal(int number); /* a handler */
int get_key(void);
void push_keys(const int *keys, int count); /* read before the terminal's */
void drop_pushed_keys(void);
void keep_cursor_inside(void);
void record_keys(void);    /* q */
void leave_if_stopped(void); /* after a signal that asks for it */

/* options.c */
void start_options(void);
void hold_messages(bool holds); /* others may not write to the terminal, or as before */

/* tags.c */
void follow_tag(void); /* ^] */

/* recover.c */
bool is_copy_old(void);
void keep_copy(void); /* of what is edited, where it is not written */
void drop_copy(void);
bool preserve(void); /* keeps the copy when the editor ends, and mails to the user; false with errno */
void list_copies(void);
void tell_of_copy(const char *name); /* a message, where one is kept that nobody edits */

/* shell-commands.c */
void show_text(const char *text); /* in the last row, or instead of the screen where it does not fit */

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
bool begins_paragraph(int line); /* by a macro of nroff */
void set_mark(int name, struct position at);
void remember_place(void); /* for '' */

/* search.c */
bool search(const char *pattern, bool backwards, int count, struct position *to);
bool search_again(bool opposite, int count, struct position *to);
const char *search_pattern(void); /* the last one; null: there was none */
bool compile_pattern(const char *pattern, regex_t *regex); /* empty: the last one; message if bad */

/* registers.c */
void keep_deleted(struct position from, struct position to, bool linewise); /* into "1, the others move on */
void execute_register(int name, int count, bool as_command); /* as keys, or as an ex command */
void set_register(int name, const char *bytes, size_t length);
size_t key_in_register(int key, char bytes[4]); /* how q keeps a key; its length */
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
bool write_automatically(void); /* autowrite; false after a message */
void edit_file(const char *name, bool forced);
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
