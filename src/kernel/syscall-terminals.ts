/** Arguments of ioctl(2) that are read or written: terminals' settings and sizes, and numbers; as strace(1) shows them. */
import * as termios from '../abi/termios.ts';
import { address, hex } from './syscall-format.ts';
import type { Look, Reader } from './syscall-reader.ts';

/** strace's order of names: a set of flags that has one of these bits more than another is written in it. */
function names(list: string): [number, string][] {
  const values = termios as unknown as Readonly<Record<string, number>>;
  return list.split(' ').map((name) => [values[name] as number, name]);
}

const INPUT_FLAGS = names(
  'IGNBRK BRKINT IGNPAR PARMRK INPCK ISTRIP INLCR IGNCR ICRNL IUCLC IXON IXANY IXOFF IMAXBEL IUTF8',
);
const OUTPUT_FLAGS: [number, string][] = [
  ...names('OPOST OLCUC ONLCR OCRNL ONOCR ONLRET'),
  [0o100, 'OFILL'],
  [0o200, 'OFDEL'],
];
/** Delays: mask, and their names from zero on. */
const DELAYS: readonly (readonly [mask: number, names: readonly string[]])[] = [
  [0o400, ['NL0', 'NL1']],
  [0o3000, ['CR0', 'CR1', 'CR2', 'CR3']],
  [0o14000, ['TAB0', 'TAB1', 'TAB2', 'XTABS']],
  [0o20000, ['BS0', 'BS1']],
  [0o40000, ['VT0', 'VT1']],
  [0o100000, ['FF0', 'FF1']],
];
const CONTROL_FLAGS: [number, string][] = [
  [0o100, 'CSTOPB'],
  ...names('CREAD PARENB'),
  [0o1000, 'PARODD'],
  ...names('HUPCL CLOCAL'),
];
const LOCAL_FLAGS: [number, string][] = [
  ...names('ISIG ICANON'),
  [0o4, 'XCASE'],
  ...names(
    'ECHO ECHOE ECHOK ECHONL NOFLSH IEXTEN ECHOCTL ECHOPRT ECHOKE FLUSHO PENDIN TOSTOP EXTPROC',
  ),
];
const SIZES = ['CS5', 'CS6', 'CS7', 'CS8'];
const SPEEDS =
  'B0 B50 B75 B110 B134 B150 B200 B300 B600 B1200 B1800 B2400 B4800 B9600 B19200 B38400'.split(' ');
const CHARACTERS =
  'VINTR VQUIT VERASE VKILL VEOF VTIME VMIN VSWTC VSTART VSTOP VSUSP VEOL VREPRINT VDISCARD VWERASE VLNEXT VEOL2'.split(
    ' ',
  );

/** Nothing for no flag. */
function flags(known: readonly (readonly [number, string])[], value: number): string {
  let rest = value;
  const parts: string[] = [];
  for (const [bit, name] of known) {
    if ((rest & bit) === 0) continue;
    parts.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) parts.push(hex(rest >>> 0));
  return parts.join('|');
}

function outputModes(value: number): string {
  let rest = value;
  const parts = DELAYS.map(([mask, list]) => {
    rest &= ~mask;
    return list[(value & mask) / (mask & -mask)];
  });
  return [...parts, flags(OUTPUT_FLAGS, rest)].join('|');
}

function controlModes(value: number): string {
  const speed = value & termios.CBAUD;
  const name = SPEEDS[speed] ?? hex(speed);
  const size = SIZES[(value & termios.CSIZE) >> 4];
  return `${name}|${size}|${flags(CONTROL_FLAGS, value & ~termios.CBAUD & ~termios.CSIZE)}`;
}

const settings: Reader = ({ memory, style }, at) => {
  const t = memory.read(termios.Termios, at);
  const characters = [...t.c_cc].map((value, i) => `[${CHARACTERS[i] ?? i}]=${hex(value)}`);
  const parts = [
    `c_iflag=${flags(INPUT_FLAGS, t.c_iflag)}`,
    `c_oflag=${outputModes(t.c_oflag)}`,
    `c_cflag=${controlModes(t.c_cflag)}`,
    `c_lflag=${flags(LOCAL_FLAGS, t.c_lflag)}`,
    ...(style.isVerbose
      ? [`c_line=${t.c_line === 0 ? 'N_TTY' : hex(t.c_line)}`, `c_cc=[${characters.join(', ')}]`]
      : ['...']),
  ];
  return `{${parts.join(', ')}}`;
};

const size: Reader = ({ memory }, at) => {
  const fields = Object.entries(memory.read(termios.Winsize, at));
  return `{${fields.map(([name, value]) => `${name}=${value}`).join(', ')}}`;
};

const number: Reader = ({ memory }, at) => `[${memory.readI32(at)}]`;

const REQUESTS: ReadonlyMap<number, Reader> = new Map([
  ...[termios.TCGETS, termios.TCSETS, termios.TCSETSW, termios.TCSETSF].map(
    (request) => [request, settings] as const,
  ),
  [termios.TIOCGWINSZ, size],
  [termios.TIOCSWINSZ, size],
  ...[
    termios.TIOCGPGRP,
    termios.TIOCSPGRP,
    termios.TIOCGSID,
    termios.TIOCOUTQ,
    termios.FIONREAD,
    termios.FIONBIO,
    termios.FIOASYNC,
    termios.TIOCGPTN,
    termios.TIOCSPTLCK,
    termios.TIOCGPTLCK,
    termios.TIOCGPKT,
    termios.TIOCPKT,
    termios.TIOCGETD,
    termios.TIOCSETD,
  ].map((request) => [request, number] as const),
]);

export const ioctlArgument: Reader = (look: Look, at, index) =>
  (REQUESTS.get(look.argument(1)) ?? ((_, place) => address(place)))(look, at, index);
