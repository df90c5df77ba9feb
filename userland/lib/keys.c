/* Raw mode of a terminal, and its keys. */
#include "keys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

#include "tools.h"

enum { ESCAPE_WAIT_MS = 60, END = -1, INTERRUPTED = -2 };

static struct termios saved_modes;
static struct sigaction saved_winch;
static int terminal = -1;
static int held = -1; /* a byte that was read too far */

/* The window has changed since a key was last waited for. */
static volatile sig_atomic_t resized;

static void on_resize(int number)
{
	(void)number;
	resized = 1;
}

/* Until there is a byte, or the window changes: a signal from before the waiting counts. False for that. */
static bool wait_for_byte(int fd)
{
	sigset_t winch, before;
	sigemptyset(&winch);
	sigaddset(&winch, SIGWINCH);
	sigprocmask(SIG_BLOCK, &winch, &before);
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	int ready = resized ? -1 : ppoll(&poller, 1, NULL, &before);
	int error = resized ? EINTR : errno;
	resized = 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ready >= 0 || error != EINTR;
}

bool start_raw_mode(int fd)
{
	if (tcgetattr(fd, &saved_modes) < 0)
		return false;
	struct termios raw = saved_modes;
	raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | ISTRIP);
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSADRAIN, &raw) < 0)
		return false;
	struct sigaction action = {.sa_handler = on_resize};
	sigaction(SIGWINCH, &action, &saved_winch);
	terminal = fd;
	return true;
}

void end_raw_mode(void)
{
	if (terminal < 0)
		return;
	sigaction(SIGWINCH, &saved_winch, NULL);
	tcsetattr(terminal, TCSADRAIN, &saved_modes);
	terminal = -1;
}

static int read_byte(int fd, bool (*interrupted)(void))
{
	unsigned char byte;
	if (held >= 0) {
		int result = held;
		held = -1;
		return result;
	}
	for (;;) {
		ssize_t got = -1;
		errno = EINTR;
		if (wait_for_byte(fd))
			got = read(fd, &byte, 1);
		if (got == 1)
			return byte;
		if (got == 0 || errno != EINTR)
			return END;
		if (!interrupted || interrupted())
			return INTERRUPTED;
	}
}

static bool byte_follows(int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	return poll(&poller, 1, ESCAPE_WAIT_MS) > 0;
}

/* The key of ESC [ number ~ */
static int numbered_key(int number)
{
	switch (number) {
	case 1:
	case 7: return KEY_HOME;
	case 2: return KEY_INSERT;
	case 3: return KEY_DELETE;
	case 4:
	case 8: return KEY_END;
	case 5: return KEY_PAGE_UP;
	case 6: return KEY_PAGE_DOWN;
	case 200: return KEY_PASTE;
	case 201: return KEY_PASTE_END;
	default: return KEY_NONE;
	}
}

static int final_key(int number, int modifier, int final)
{
	bool by_word = modifier == 3 || modifier == 5; /* Alt or Control */
	switch (final) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return by_word ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D': return by_word ? KEY_WORD_LEFT : KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case '~': return numbered_key(number);
	default: return KEY_NONE;
	}
}

static int read_sequence(int fd, bool (*interrupted)(void))
{
	int numbers[2] = {0, 0}, count = 0;
	for (;;) {
		int byte = read_byte(fd, interrupted);
		if (byte >= '0' && byte <= '9') {
			if (count < 2)
				numbers[count] = numbers[count] * 10 + byte - '0';
		} else if (byte == ';') {
			count++;
		} else if (byte < 0 || byte >= 0x40) {
			return final_key(numbers[0], numbers[1], byte);
		}
	}
}

static int read_escape(int fd, bool (*interrupted)(void))
{
	if (!byte_follows(fd))
		return KEY_ESCAPE;
	int byte = read_byte(fd, interrupted);
	if (byte == '[')
		return read_sequence(fd, interrupted);
	if (byte == 'O' && byte_follows(fd)) {
		int final = read_byte(fd, interrupted);
		int key = final_key(0, 0, final);
		if (key != KEY_NONE || final < 0)
			return key;
		held = final;
	}
	return byte < 0 ? KEY_ESCAPE : KEY_ALT + byte;
}

int read_key(int fd, bool (*interrupted)(void))
{
	char bytes[4];
	size_t length = 1, size;
	int byte = read_byte(fd, interrupted);
	if (byte == INTERRUPTED)
		return KEY_NONE;
	if (byte == KEY_ESCAPE)
		return read_escape(fd, interrupted);
	if (byte < 0x80)
		return byte;
	bytes[0] = (char)byte;
	size_t need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
	while (length < need && (byte = read_byte(fd, interrupted)) >= 0)
		bytes[length++] = (char)byte;
	return (int)utf8_decode(bytes, length, &size);
}

int key_text(int key, char bytes[4])
{
	unsigned code = (unsigned)key;
	if (key < 0 || key >= KEY_NONE)
		return 0;
	if (code < 0x80) {
		bytes[0] = (char)code;
		return 1;
	}
	int length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (int i = length - 1; i > 0; i--, code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(0xf00 >> length | code);
	return length;
}
