/* Raw mode of the terminal, and its keys: UTF-8 and the escape sequences of xterm and vt220. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "editor.h"

enum { ESCAPE_WAIT_MS = 60 };

static struct termios saved_modes;
static volatile sig_atomic_t resized;
static struct sigaction saved_winch;

static void on_resize(int number)
{
	(void)number;
	resized = 1;
}

bool start_raw_mode(void)
{
	if (tcgetattr(0, &saved_modes) < 0)
		return false;
	struct termios raw = saved_modes;
	raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | ISTRIP);
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(0, TCSADRAIN, &raw) < 0)
		return false;
	struct sigaction action = {.sa_handler = on_resize};
	sigaction(SIGWINCH, &action, &saved_winch);
	fputs("\033[?2004h", stderr); /* bracketed paste */
	return true;
}

void end_raw_mode(void)
{
	fputs("\033[?2004l", stderr);
	sigaction(SIGWINCH, &saved_winch, NULL);
	tcsetattr(0, TCSADRAIN, &saved_modes);
}

/* The next byte; -1 at the end of input, -2 if a signal asks to show the line again. */
static int read_byte(struct editor *editor)
{
	unsigned char byte;
	for (;;) {
		ssize_t got = read(0, &byte, 1);
		if (got == 1)
			return byte;
		if (got == 0 || errno != EINTR)
			return -1;
		if (pending_traps) {
			finish_line(editor);
			end_raw_mode();
			run_traps();
			start_raw_mode();
			editor->cursor_row = 0;
			return -2;
		}
		if (resized) {
			resized = 0;
			return -2;
		}
	}
}

static bool byte_follows(void)
{
	struct pollfd poller = {.fd = 0, .events = POLLIN};
	return poll(&poller, 1, ESCAPE_WAIT_MS) > 0;
}

/* The key of "ESC [ numbers final". */
static int control_sequence(int number, int modifier, int final)
{
	bool by_word = modifier == 3 || modifier == 5;
	switch (final) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return by_word ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D': return by_word ? KEY_WORD_LEFT : KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case '~':
		switch (number) {
		case 1: case 7: return KEY_HOME;
		case 4: case 8: return KEY_END;
		case 3: return KEY_DELETE;
		case 5: return KEY_PAGE_UP;
		case 6: return KEY_PAGE_DOWN;
		case 200: return KEY_PASTE;
		case 201: return KEY_PASTE_END;
		default: return KEY_NONE;
		}
	default: return KEY_NONE;
	}
}

static int read_sequence(struct editor *editor)
{
	int numbers[2] = {0, 0}, count = 0;
	for (;;) {
		int byte = read_byte(editor);
		if (byte >= '0' && byte <= '9') {
			if (count < 2)
				numbers[count] = numbers[count] * 10 + byte - '0';
		} else if (byte == ';') {
			count++;
		} else if (byte < 0 || byte >= 0x40) {
			return control_sequence(numbers[0], numbers[1], byte);
		}
	}
}

static int read_escape(struct editor *editor)
{
	if (!byte_follows())
		return KEY_NONE;
	int byte = read_byte(editor);
	if (byte == '[')
		return read_sequence(editor);
	if (byte == 'O')
		return control_sequence(0, 0, read_byte(editor));
	return byte < 0 ? KEY_NONE : KEY_ALT + byte;
}

int read_key(struct editor *editor)
{
	char bytes[4];
	size_t length = 1, size;
	int byte = read_byte(editor);
	if (byte == -2) {
		terminal_size(0, &editor->columns, &editor->rows);
		return KEY_NONE;
	}
	if (byte == 033)
		return read_escape(editor);
	if (byte < 0x80)
		return byte;
	bytes[0] = (char)byte;
	size_t need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
	while (length < need) {
		byte = read_byte(editor);
		if (byte < 0)
			break;
		bytes[length++] = (char)byte;
	}
	return (int)utf8_decode(bytes, length, &size);
}
