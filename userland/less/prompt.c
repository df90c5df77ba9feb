/* What less asks on its last line, and the list of its keys. */
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "pager.h"

static const char help[] =
	"  space f ^F PageDown   next screen          b ^B PageUp       previous screen\n"
	"  j e Enter Down        next line            k y Up            previous line\n"
	"  d ^D                  half a screen down   u ^U              half a screen up\n"
	"  g < Home              first line (Ng: N)   G > End           last line\n"
	"  p %                   N percent            Left Right        sideways (with -S)\n"
	"  /PATTERN              search forwards      ?PATTERN          search backwards\n"
	"  n                     next match           N                 previous match\n"
	"  &PATTERN              only matching lines  F                 wait for more, as tail -f\n"
	"  -N -S -i -R           switch an option\n"
	"  :n :p                 next, previous file  = ^G              where am I\n"
	"  r ^L                  draw again           h                 this help\n"
	"  v                     edit the file by vi  q :q ZZ           leave\n";

char *prompt_line(int terminal, int row, const char *prompt)
{
	struct text answer = {0};
	text_clear(&answer);
	for (;;) {
		fprintf(stderr, "\r\033[%d;1H%s%s\033[K", row, prompt, answer.data);
		int key = read_key(terminal, NULL);
		char bytes[4];
		if (key == '\r' || key == '\n')
			return text_take(&answer);
		bool gives_up = key == KEY_ESCAPE || key == CONTROL('c') || key == KEY_END_OF_INPUT;
		if (gives_up || ((key == 127 || key == CONTROL('h')) && !answer.length))
			break;
		if (key == 127 || key == CONTROL('h'))
			while (answer.length && (answer.data[--answer.length] & 0xc0) == 0x80)
				continue;
		else if (key == CONTROL('u'))
			answer.length = 0;
		else if (key >= 32)
			text_add(&answer, bytes, (size_t)key_text(key, bytes));
		answer.data[answer.length] = 0;
	}
	text_free(&answer);
	return NULL;
}

void show_help(int terminal)
{
	dprintf(1, "\033[H\033[J");
	for (const char *line = help; *line; line++)
		dprintf(1, *line == '\n' ? "\r\n" : "%c", *line);
	dprintf(1, "\r\n\033[7mpress a key to go on\033[27m");
	read_key(terminal, NULL);
}
