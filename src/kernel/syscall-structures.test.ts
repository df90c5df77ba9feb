/** Structures as strace 6.1 writes them (strace/tests/*.c, and what it prints on x86-64 for the same calls). */
import { expect, it } from 'vitest';
import type { Fields, Layout } from '../lib/layout.ts';
import { fcntlArgument, ioctlRequest, waitStatus } from './syscall-format.ts';
import { quote } from './syscall-quote.ts';
import type { Look, Reader } from './syscall-reader.ts';
import {
  INPUT_ARGUMENTS,
  INPUT_WORDS,
  OUTPUT_ARGUMENTS,
  pollResult,
} from './syscall-structures.ts';
import { PLAIN } from './syscall-trace.ts';

const AT = 8;

/** What a reader shows of 64-bit words, or of bytes, at an address. */
function shown(
  reader: Reader | undefined,
  content: readonly bigint[] | string,
  { result = 0, count = 0, isVerbose = false } = {},
): string | undefined {
  const data =
    typeof content === 'string'
      ? Uint8Array.from(content, (char) => char.charCodeAt(0))
      : new Uint8Array(BigUint64Array.from(content).buffer);
  const bytes = new Uint8Array(AT + data.length + 8);
  bytes.set(data, AT);
  const view = new DataView(bytes.buffer);
  const look: Look = {
    memory: {
      read: <F extends Fields>(layout: Layout<F>, at: number) => layout.decode(bytes, at),
      readBytes: (at, length) => bytes.slice(at, at + length),
      readU32: (at) => view.getUint32(at, true),
      readI32: (at) => view.getInt32(at, true),
      readU64: (at) => Number(view.getBigUint64(at, true)),
    },
    style: { ...PLAIN, isVerbose },
    result,
    lengthBefore: 0,
    argument: () => count,
  };
  return reader?.(look, AT, 0);
}

it('quotes bytes with the shortest escapes, and with three digits before a digit', () => {
  expect(quote('a"\\\n\t\v\f')).toBe(String.raw`"a\"\\\n\t\v\f"`);
  expect(quote('\0\x019\x7f')).toBe(String.raw`"\0\0019\177"`);
});

it.each([
  [0x0000, '{WIFEXITED(s) && WEXITSTATUS(s) == 0}'],
  [0x0300, '{WIFEXITED(s) && WEXITSTATUS(s) == 3}'],
  [0x0009, '{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}'],
  [0x008b, '{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}'],
  [0x137f, '{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}'],
  [0xffff, '{WIFCONTINUED(s)}'],
])('wait status %i is %s', (value, text) => expect(waitStatus(value)).toBe(text));

it('shows sets of signals, the complement of one that has most', () => {
  const set = INPUT_WORDS.sigset;
  expect(shown(set, [0n])).toBe('[]');
  expect(shown(set, [0x1_0002n])).toBe('[INT CHLD]');
  expect(shown(set, [0xffff_fffc_7fff_ffffn])).toBe('~[RTMIN RT_1 RT_2]');
  expect(shown(set, [0xffff_ffff_ffff_ffffn])).toBe('~[]');
});

it('shows signal handlers', () => {
  const action = INPUT_WORDS.sigaction;
  expect(shown(action, [0n, 0n, 0n])).toBe('{sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}');
  expect(shown(action, [1n, 0x1000_0000n, 2n])).toBe(
    '{sa_handler=SIG_IGN, sa_mask=[INT], sa_flags=SA_RESTART}',
  );
  expect(shown(action, [0x1_0000n, 4n, 0n])).toBe(
    '{sa_sigaction=0x10000, sa_mask=[], sa_flags=SA_SIGINFO}',
  );
});

it('shows times, those of utimensat by their names', () => {
  expect(shown(INPUT_WORDS.timespec, [1n, 500n])).toBe('{tv_sec=1, tv_nsec=500}');
  const times = INPUT_ARGUMENTS['utimensat']?.[2];
  expect(shown(times, [0n, 0x3fff_ffffn, 0n, 0x3fff_fffen])).toBe('[UTIME_NOW, UTIME_OMIT]');
  expect(shown(times, [1n, 2n, 3n, 4n])).toBe('[{tv_sec=1, tv_nsec=2}, {tv_sec=3, tv_nsec=4}]');
});

it('shows limits, as multiples of 1024 and without an end', () => {
  const limit = INPUT_ARGUMENTS['prlimit64']?.[2];
  expect(shown(limit, [0x80_0000n, 0xffff_ffff_ffff_ffffn])).toBe(
    '{rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}',
  );
  expect(shown(limit, [1024n, 0n])).toBe('{rlim_cur=1024, rlim_max=0}');
});

it('shows what poll is asked, and what it found', () => {
  const fds = [0x1_0000_0000n, 0x0004_0005_0000_0001n];
  expect(shown(INPUT_WORDS.pollfds, fds, { count: 2 })).toBe(
    '[{fd=0, events=POLLIN}, {fd=1, events=POLLIN|POLLOUT}]',
  );
  expect(shown(pollResult, fds, { count: 2 })).toBe('[{fd=1, revents=POLLOUT}]');
});

it('shows what was read, as far as it was, and up to 32 bytes', () => {
  const buffer = OUTPUT_ARGUMENTS['read']?.[1];
  expect(shown(buffer, 'hello\n', { result: 6 })).toBe(String.raw`"hello\n"`);
  expect(shown(buffer, 'x'.repeat(40), { result: 40 })).toBe(`"${'x'.repeat(32)}"...`);
  expect(shown(OUTPUT_ARGUMENTS['getrandom']?.[0], '\x01\xff', { result: 2 })).toBe(
    String.raw`"\x01\xff"`,
  );
  expect(shown(OUTPUT_ARGUMENTS['getcwd']?.[0], '/tmp\0', { result: 5 })).toBe('"/tmp"');
});

it('counts the entries of a directory, and shows the two ends of a pipe', () => {
  const records = [1n, 1n, 0x18n, 2n, 2n, 0x18n];
  const entries = OUTPUT_ARGUMENTS['getdents64']?.[1];
  expect(shown(entries, records, { result: 48 })).toBe('0x8 /* 2 entries */');
  expect(shown(entries, records, { result: 0 })).toBe('0x8 /* 0 entries */');
  expect(shown(OUTPUT_ARGUMENTS['pipe2']?.[0], [0x4_0000_0003n])).toBe('[3, 4]');
});

it('shows the status of a file, and all of it with -v', () => {
  const status = OUTPUT_ARGUMENTS['newfstatat']?.[2];
  const second = 1_700_000_000n;
  // dev, ino, mode and nlink, uid and gid, rdev, -, size, blksize, blocks, three times.
  const words = (mode: bigint, rdev: bigint) => [
    ...[0xfe00n, 12n, mode | (1n << 32n), 5n << 32n, rdev, 0n, 42n, 4096n, 8n],
    ...[second, 5n, second, 0n, second, 0n, 0n],
  ];
  expect(shown(status, words(0o100644n, 0n))).toBe('{st_mode=S_IFREG|0644, st_size=42, ...}');
  expect(shown(status, words(0o041777n, 0n))).toBe(
    '{st_mode=S_IFDIR|S_ISVTX|0777, st_size=42, ...}',
  );
  expect(shown(status, words(0o020620n, 0x8801n))).toBe(
    '{st_mode=S_IFCHR|0620, st_rdev=makedev(0x88, 0x1), ...}',
  );
  expect(shown(status, words(0o100644n, 0n), { isVerbose: true })).toBe(
    '{st_dev=makedev(0xfe, 0), st_ino=12, st_mode=S_IFREG|0644, st_nlink=1, st_uid=0, st_gid=5, ' +
      'st_blksize=4096, st_blocks=8, st_size=42, ' +
      'st_atime=1700000000 /* 2023-11-14T22:13:20.000000005+0000 */, st_atime_nsec=5, ' +
      'st_mtime=1700000000 /* 2023-11-14T22:13:20+0000 */, st_mtime_nsec=0, ' +
      'st_ctime=1700000000 /* 2023-11-14T22:13:20+0000 */, st_ctime_nsec=0}',
  );
});

it('names requests to terminals and what fcntl is told', () => {
  expect(ioctlRequest(0x5413)).toBe('TIOCGWINSZ');
  expect(ioctlRequest(0x5401)).toBe('TCGETS');
  expect(ioctlRequest(0x1234)).toBe('0x1234');
  expect(fcntlArgument(2, 1)).toBe('FD_CLOEXEC');
  expect(fcntlArgument(4, 0x802)).toBe('O_RDWR|O_NONBLOCK');
  expect(fcntlArgument(0, 10)).toBe('10');
});

/** struct termios of a new pseudo-terminal on Linux 6.1. */
const MODES = [0x0000_0005_0000_0500n, 0x0000_8a3b_0000_00bfn, 0x0001_0004_7f1c_0300n];

it('shows the settings of a terminal', () => {
  const ioctl = OUTPUT_ARGUMENTS['ioctl']?.[2];
  const words = [...MODES, 0x0f12_001a_1311_00n, 0x1617n, 0n];
  expect(shown(ioctl, words, { count: 0x5401 })).toBe(
    '{c_iflag=ICRNL|IXON, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|OPOST|ONLCR, c_cflag=B38400|CS8|CREAD, c_lflag=ISIG|ICANON|ECHO|ECHOE|ECHOK|IEXTEN|ECHOCTL|ECHOKE, ...}',
  );
  expect(shown(ioctl, [0x0050_0018n], { count: 0x5414 })).toBe(
    '{ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}',
  );
  expect(shown(ioctl, [7n], { count: 0x541b })).toBe('[7]');
  expect(shown(ioctl, [7n], { count: 1 })).toBe('0x8');
});

it('shows what epoll is asked, and what it found', () => {
  const event = [0x8000_0001n, 0x1_0000_0005n];
  expect(shown(INPUT_ARGUMENTS['epoll_ctl']?.[3], event)).toBe(
    '{events=EPOLLIN|EPOLLET, data={u32=5, u64=4294967301}}',
  );
  const ready = OUTPUT_ARGUMENTS['epoll_pwait']?.[1];
  expect(shown(ready, [1n, 4n], { result: 1 })).toBe('[{events=EPOLLIN, data={u32=4, u64=4}}]');
  expect(shown(ready, [], { result: 0 })).toBe('[]');
});

it('shows addresses of sockets', () => {
  const given = INPUT_ARGUMENTS['bind']?.[1];
  expect(shown(given, '\x01\0/tmp/sock\0', { count: 110 })).toBe(
    '{sa_family=AF_UNIX, sun_path="/tmp/sock"}',
  );
  expect(shown(given, '\x01\0\0abs', { count: 6 })).toBe('{sa_family=AF_UNIX, sun_path=@"abs"}');
  expect(shown(given, '\x01\0', { count: 2 })).toBe('{sa_family=AF_UNIX}');
  expect(shown(given, '\x02\0\0\x50\x7f\0\0\x01', { count: 16 })).toBe(
    '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}',
  );
  const six = `\x0a\0\x1f\x90\0\0\0\0${'\0'.repeat(15)}\x01\0\0\0\0`;
  expect(shown(given, six, { count: 28 })).toBe(
    '{sa_family=AF_INET6, sin6_port=htons(8080), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}',
  );
  expect(shown(given, '\x10\0\0\0\0\0\0\0\0\0\0\0', { count: 12 })).toBe(
    '{sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}',
  );
});

it('shows statx by its mask', () => {
  const words = [0x0000_1000_0000_17ffn, 0n, 1n, 0x0000_81a4_0000_0000n, 5n, 1329n, 8n];
  const statx = OUTPUT_ARGUMENTS['statx']?.[4];
  expect(shown(statx, [...words, ...Array.from({ length: 25 }, () => 0n)])).toBe(
    '{stx_mask=STATX_BASIC_STATS|STATX_MNT_ID, stx_attributes=0, stx_mode=S_IFREG|0644, stx_size=1329, ...}',
  );
});
