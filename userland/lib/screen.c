/* Full-screen programs: the terminal without line editing, and keys. */
#include "screen.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "tools.h"

static struct termios before;
static int terminal = -1;
static volatile sig_atomic_t resized;

void screen_restore(void)
{
	if (terminal >= 0)
		tcsetattr(terminal, TCSANOW, &before);
}

static void end(int number)
{
	static const char show_cursor[] = "\033[?25h\r\n";
	screen_restore();
	if (write(STDOUT_FILENO, show_cursor, sizeof show_cursor - 1) < 0)
		_exit(128 + number);
	signal(number, SIG_DFL);
	raise(number);
}

static void note_size(int number)
{
	(void)number;
	resized = 1;
}

void screen_begin(int fd)
{
	struct termios raw;
	if (tcgetattr(fd, &before))
		return;
	terminal = fd;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &raw);
	atexit(screen_restore);
	signal(SIGINT, end);
	signal(SIGTERM, end);
	signal(SIGHUP, end);
	struct sigaction action = {.sa_handler = note_size};
	sigaction(SIGWINCH, &action, NULL);
}

bool screen_resized(void)
{
	bool was = resized;
	resized = 0;
	return was;
}

static int read_byte(int milliseconds)
{
	struct pollfd input = {.fd = terminal < 0 ? STDIN_FILENO : terminal, .events = POLLIN};
	unsigned char byte;
	if (poll(&input, 1, milliseconds) <= 0)
		return KEY_NONE;
	return read(input.fd, &byte, 1) == 1 ? byte : KEY_END_OF_INPUT;
}

int screen_key(int milliseconds)
{
	int key = read_byte(milliseconds);
	if (key != 27)
		return key;
	int second = read_byte(50);
	if (second != '[' && second != 'O')
		return second == KEY_NONE ? 27 : second;
	int third = read_byte(50);
	switch (third) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case '1': case '4': case '5': case '6': case '7': case '8':
		read_byte(50); /* ~ */
		return third == '5' ? KEY_PAGE_UP : third == '6' ? KEY_PAGE_DOWN : third == '1' || third == '7' ? KEY_HOME : KEY_END;
	default: return KEY_NONE;
	}
}
