/** strace in the guest: its lines as strace 6.1 prints them (strace(1)), in musl's words. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let os: System;
beforeAll(async () => {
  os = await boot();
  await os.exec('cd /tmp && printf hello >f && chmod 640 f');
}, 60_000);
afterAll(() => os.close());

/** In a file, where what the program says does not come between. */
async function trace(words: string): Promise<string[]> {
  const script = `strace -o log ${words} >/dev/null 2>&1; cat log`;
  const { stdout } = await os.exec(script, { cwd: '/tmp' });
  return stdout.trimEnd().split('\n');
}

it('shows what a call is told when it begins, and what it was given when it ends', async () => {
  const lines = await trace('-e openat,fstat,read,close cat f /nope');
  expect(lines).toEqual(
    expect.arrayContaining([
      'openat(AT_FDCWD, "f", O_RDONLY|O_LARGEFILE) = 3',
      'fstat(3, {st_mode=S_IFREG|0640, st_size=5, ...}) = 0',
      'read(3, "hello", 65536)                 = 5',
      'read(3, "", 65536)                      = 0',
      'close(3)                                = 0',
      'openat(AT_FDCWD, "/nope", O_RDONLY|O_LARGEFILE) = -1 ENOENT (No such file or directory)',
    ]),
  );
  expect(lines.at(-1)).toBe('+++ exited with 1 +++');
});

it('begins with the call that runs the command: it is looked up in PATH before, as by strace 6.1', async () => {
  const lines = await trace('-e execve cat f');
  expect(lines[0]).toMatch(/^execve\("(?:\/usr)?\/bin\/cat", \["cat", "f"\], .*\) = 0$/);
  expect(lines).toHaveLength(2);
  const { stderr, exitCode } = await os.exec('strace nosuch');
  expect({ stderr, exitCode }).toEqual({
    stderr: "strace: Can't stat 'nosuch': No such file or directory\n",
    exitCode: 1,
  });
});

it('cuts strings at -s, and names files with -y', async () => {
  const lines = await trace('-s 3 -y -e openat,read cat f');
  expect(lines).toContain('openat(AT_FDCWD, "f", O_RDONLY|O_LARGEFILE) = 3</tmp/f>');
  expect(lines).toContain('read(3</tmp/f>, "hel"..., 65536)        = 5');
  expect((await os.exec('strace -s x true')).stderr).toBe("strace: invalid -s argument: 'x'\n");
});

it('follows children: the ends of a pipe, flags of clone, how a child ended', async () => {
  const lines = await trace("-f sh -c 'true | (exit 3); true'");
  const calls = lines.map((line) => line.replace(/^\d+ +/, ''));
  expect(calls).toContain('pipe2([3, 4], 0)                  = 0');
  expect(calls.some((call) => /^clone\(child_stack=NULL, flags=SIGCHLD\) = \d+$/.test(call))).toBe(
    true,
  );
  expect(
    calls.some((call) =>
      /^wait4\(-1, \[\{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 3\}\], .*, NULL\) = \d+$/.test(call),
    ),
  ).toBe(true);
});

it('tells times: of day, since 1970, since the call before, of the call', async () => {
  const call = String.raw`exit_group\(0\) += \?`;
  const last = async (options: string) => (await trace(`${options} -qq true`)).at(-1);
  expect(await last('-t')).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${call}$`));
  expect(await last('-tt -T')).toMatch(
    new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{6} ${call} <\\d\\.\\d{6}>$`),
  );
  expect(await last('-ttt')).toMatch(new RegExp(`^\\d{9,}\\.\\d{6} ${call}$`));
  expect(await last('-r')).toMatch(new RegExp(`^ {5}\\d\\.\\d{6} ${call}$`));
});

it('shows whole structures with -v, and counts with -c', async () => {
  const [uname] = await trace('-v -e uname uname');
  expect(uname).toMatch(
    /^uname\(\{sysname="Linux", nodename="\w+", release=".*", version=".*", machine="riscv64", domainname=".*"\}\) = 0$/,
  );
  expect((await trace('-e uname uname'))[0]).toMatch(
    /^uname\(\{sysname="Linux", nodename="\w+", \.\.\.\}\) = 0$/,
  );
  const lines = await trace('-c cat f');
  expect(lines[0]).toBe('% time     seconds  usecs/call     calls    errors syscall');
  expect(lines.at(-1)).toMatch(/^100\.00 +0\.\d{6} +\d+ +\d+ +total$/);
});

it('shows signals, those without effect too, and how each process ended', async () => {
  const lines = await trace("-f sh -c 'trap : CHLD; true & wait; kill -USR1 $$'");
  const calls = lines.map((line) => line.replace(/^\d+ +/, ''));
  const child = lines.find((line) => /\+\+\+ exited with 0/.test(line))?.split(' ')[0];
  const end = `si_pid=${child}, si_uid=0, si_status=0, si_utime=0, si_stime=`;
  const at = calls.findIndex((call) => call.startsWith('--- SIGCHLD'));
  expect(calls[at]).toContain(`--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, ${end}`);
  expect(calls.slice(at).some((call) => /^rt_sigreturn\(\{mask=\[.*\]\}\) += /.test(call))).toBe(
    true,
  );
  expect(calls.at(-2)).toMatch(
    /^--- SIGUSR1 \{si_signo=SIGUSR1, si_code=SI_USER, si_pid=\d+, si_uid=0\} ---$/,
  );
  expect(calls.at(-1)).toBe('+++ killed by SIGUSR1 +++');
});

it('shows a call that a signal breaks off', async () => {
  const script = `strace -o log sleep 1000 &
    until pid=$(pgrep -x sleep) && grep -qE '^(101|115) ' /proc/$pid/syscall; do :; done
    kill $pid; wait; tail -n 3 log`;
  const { stdout } = await os.exec(script, { cwd: '/tmp' });
  const [call, taken, end] = stdout.split('\n');
  expect(call).toMatch(/nanosleep\(.* = \? ERESTART_RESTARTBLOCK \(Interrupted by signal\)$/);
  expect(taken).toMatch(
    /^--- SIGTERM \{si_signo=SIGTERM, si_code=SI_USER, si_pid=\d+, si_uid=0\} ---$/,
  );
  expect(end).toBe('+++ killed by SIGTERM +++');
});

it('chooses by signal, by status and by path', async () => {
  const some = await trace(
    "-e signal=usr2 -e trace=none sh -c 'trap : USR1 USR2; kill -USR1 $$; kill -USR2 $$'",
  );
  expect(some.map((line) => line.split(' {')[0])).toEqual(['--- SIGUSR2', '+++ exited with 0 +++']);
  const failed = await trace('-e status=failed -e trace=openat -qq cat f /nope');
  expect(failed).toEqual([
    'openat(AT_FDCWD, "/nope", O_RDONLY|O_LARGEFILE) = -1 ENOENT (No such file or directory)',
  ]);
  const calls = await trace('-P /tmp/f -qq cat /tmp/f /etc/motd');
  expect(calls[0]).toBe('openat(AT_FDCWD, "/tmp/f", O_RDONLY|O_LARGEFILE) = 3');
  expect(calls).toContain('read(3, "hello", 65536)                 = 5');
  expect(calls.at(-1)).toBe('close(3)                                = 0');
  expect(calls.filter((line) => /motd|execve|Welcome/.test(line))).toEqual([]);
  expect(calls.every((line) => !line.includes('<'))).toBe(true);
  expect((await os.exec('strace -e signal=FOO true')).stderr).toBe(
    "strace: invalid signal 'FOO'\n",
  );
  expect((await os.exec('strace -e status=foo true')).stderr).toBe(
    "strace: invalid status 'foo'\n",
  );
});

it('changes the environment with -E and the user with -u', async () => {
  const script =
    "strace -qq -e trace=none -E A=1 -E HOME -u nobody sh -c 'echo $A.$HOME.; id -un' 2>&1";
  expect((await os.exec(script)).stdout).toBe('1..\nnobody\n');
});
