/* Passwords: asked for without echo, compared as crypt(3) hashes. */
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

#include "accounts.h"
#include "tools.h"

enum { PASSWORD_LIMIT = 512, SALT_LENGTH = 16, WRONG_DELAY_SECONDS = 1 };

/* One line, byte by byte: what comes behind it is somebody else's. */
static char *read_line_of(int fd)
{
	char line[PASSWORD_LIMIT];
	size_t length = 0;
	for (;;) {
		char character;
		ssize_t count = read(fd, &character, 1);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0 && !length)
			return NULL;
		if (count <= 0 || character == '\n')
			break;
		if (length < sizeof line - 1)
			line[length++] = character;
	}
	char *copy = duplicate_range(line, length);
	explicit_bzero(line, sizeof line);
	return copy;
}

char *read_password(const char *prompt, bool from_stdin)
{
	int terminal = from_stdin ? -1 : open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC), in = terminal < 0 ? 0 : terminal;
	struct termios before;
	bool is_terminal = tcgetattr(in, &before) == 0;
	if (is_terminal) {
		struct termios quiet = before;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
		quiet.c_lflag |= ICANON | ISIG | ECHONL;
		tcsetattr(in, TCSAFLUSH, &quiet);
	}
	dprintf(terminal < 0 ? 2 : terminal, "%s", prompt);
	char *line = read_line_of(in);
	if (is_terminal)
		tcsetattr(in, TCSAFLUSH, &before);
	if (terminal >= 0)
		close(terminal);
	return line;
}

char *password_hash(const struct passwd *user)
{
	if (strcmp(user->pw_passwd, "x"))
		return duplicate(user->pw_passwd);
	const struct spwd *shadow = getspnam(user->pw_name);
	return duplicate(shadow ? shadow->sp_pwdp : "*");
}

bool is_password(const char *password, const char *hash)
{
	if (!*hash)
		return true;
	const char *own = crypt(password, hash);
	return own && *own != '*' && !strcmp(own, hash);
}

char *hash_password(const char *password)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned char random[SALT_LENGTH];
	char salt[SALT_LENGTH + 1] = "";
	if (getrandom(random, sizeof random, 0) != sizeof random)
		err(1, "no random numbers");
	for (int i = 0; i < SALT_LENGTH; i++)
		salt[i] = digits[random[i] % 64];
	char *setting = format_text("$6$%s$", salt);
	const char *hash = crypt(password, setting);
	free(setting);
	if (!hash || *hash == '*')
		errx(1, "the password cannot be hashed");
	return duplicate(hash);
}

bool check_password(const struct passwd *user, const char *prompt, bool from_stdin)
{
	char *hash = password_hash(user);
	bool is_right = !*hash;
	if (!is_right) {
		char *password = read_password(prompt, from_stdin);
		is_right = password && is_password(password, hash);
		if (password)
			explicit_bzero(password, strlen(password));
		free(password);
	}
	free(hash);
	if (!is_right)
		sleep(WRONG_DELAY_SECONDS);
	return is_right;
}
