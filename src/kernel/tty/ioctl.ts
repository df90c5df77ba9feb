/** Terminal requests of ioctl(2): ioctl_tty(2). */
import { EBUSY, EINVAL, ENOTTY, EPERM, fail } from '../../abi/errno.ts';
import { SIGTTOU } from '../../abi/signal.ts';
import {
  FIONREAD,
  TCFLSH,
  TCGETS,
  TCIFLUSH,
  TCIOFF,
  TCIOFLUSH,
  TCION,
  TCOFLUSH,
  TCOOFF,
  TCOON,
  TCSBRK,
  TCSBRKP,
  TCSETS,
  TCSETSF,
  TCSETSW,
  TCXONC,
  Termios,
  Termios2,
  TIOCEXCL,
  TIOCGETD,
  TIOCGPGRP,
  TIOCGSID,
  TIOCGWINSZ,
  TIOCNOTTY,
  TIOCNXCL,
  TIOCOUTQ,
  TIOCSCTTY,
  TIOCSETD,
  TIOCSPGRP,
  TIOCSTI,
  TIOCSWINSZ,
  TIOCVHANGUP,
  VSTART,
  VSTOP,
  Winsize,
} from '../../abi/termios.ts';
import type { Result } from '../block.ts';
import { block } from '../block.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import type { Task } from '../task.ts';
import {
  checkBackground,
  giveUpTerminal,
  setControllingTerminal,
  setForeground,
} from './job-control.ts';
import { readTermio, TCGETA, TCSETA, TCSETAF, TCSETAW, writeTermio } from './termio.ts';
import type { Tty } from './tty.ts';

/** With struct termios2. */
const TCGETS2 = 0x802c_542a;
const TCSETS2 = 0x402c_542b;
const TCSETSW2 = 0x402c_542c;
const TCSETSF2 = 0x402c_542d;
const WITH_SPEEDS = new Set([TCSETS2, TCSETSW2, TCSETSF2]);

/** Requests that a background process is stopped for. */
const CHANGES = new Set([
  TCSETA,
  TCSETAW,
  TCSETAF,
  TCSETS,
  TCSETSW,
  TCSETSF,
  TCSETS2,
  TCSETSW2,
  TCSETSF2,
  TCXONC,
  TCFLSH,
  TCSBRK,
  TCSBRKP,
  TIOCSPGRP,
  TIOCSETD,
]);

/** Undefined for a request that terminals do not know. A pty's master may ask about a slave that does not control it. */
export function ttyIoctl(
  task: Task,
  tty: Tty,
  request: number,
  argument: number,
  isMaster = false,
): Result | undefined {
  if (!isMaster && CHANGES.has(request)) {
    const stopped = checkBackground(task, tty, SIGTTOU);
    if (stopped !== undefined) return stopped;
  }
  return (
    settingsIoctl(task, tty, request, argument) ??
    sessionIoctl(task, tty, request, argument, isMaster) ??
    lineIoctl(task, tty, request, argument)
  );
}

function settingsIoctl(
  task: Task,
  tty: Tty,
  request: number,
  argument: number,
): Result | undefined {
  const { memory } = task;
  switch (request) {
    case TCGETS:
      memory.writeBytes(argument, tty.settings.encode());
      return 0;
    case TCGETS2:
      memory.writeBytes(argument, tty.settings.encodeWithSpeeds());
      return 0;
    case TCGETA:
      writeTermio(memory, argument, tty.settings);
      return 0;
    case TCSETA:
    case TCSETAW:
    case TCSETAF: {
      const bytes = readTermio(memory, argument, tty.settings);
      if (request !== TCSETA && tty.unsentBytes > 0) return block(task, tty.queue);
      if (request === TCSETAF) tty.flushInput();
      tty.setSettings(bytes);
      return 0;
    }
    case TCSETS:
    case TCSETS2:
    case TCSETSW:
    case TCSETSW2:
    case TCSETSF:
    case TCSETSF2: {
      const size = WITH_SPEEDS.has(request) ? Termios2.size : Termios.size;
      const bytes = memory.readBytes(argument, size);
      const drains = request !== TCSETS && request !== TCSETS2;
      if (drains && tty.unsentBytes > 0) return block(task, tty.queue);
      if (request === TCSETSF || request === TCSETSF2) tty.flushInput();
      tty.setSettings(bytes);
      return 0;
    }
    case TIOCGWINSZ: {
      const { rows, columns, xPixels, yPixels } = tty.size;
      memory.write(Winsize, argument, {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: xPixels,
        ws_ypixel: yPixels,
      });
      return 0;
    }
    case TIOCSWINSZ: {
      const { ws_row, ws_col, ws_xpixel, ws_ypixel } = memory.read(Winsize, argument);
      tty.setSize({ rows: ws_row, columns: ws_col, xPixels: ws_xpixel, yPixels: ws_ypixel });
      return 0;
    }
    case TIOCGETD:
      memory.writeU32(argument, 0);
      return 0;
    case TIOCSETD:
      if (memory.readU32(argument) !== 0) throw fail(EINVAL, 'line discipline');
      return 0;
    default:
      return undefined;
  }
}

function sessionIoctl(
  task: Task,
  tty: Tty,
  request: number,
  argument: number,
  isMaster: boolean,
): Result | undefined {
  const { memory, process } = task;
  switch (request) {
    case TIOCGPGRP:
      if (!isMaster) requireControlling(task, tty);
      memory.writeU32(argument, tty.foreground?.pgid ?? 0);
      return 0;
    case TIOCSPGRP:
      setForeground(task, tty, memory.readI32(argument));
      return 0;
    case TIOCGSID:
      if (!isMaster) requireControlling(task, tty);
      if (!tty.session) throw fail(ENOTTY, 'no session');
      memory.writeU32(argument, tty.session.sid);
      return 0;
    case TIOCSCTTY:
      setControllingTerminal(process, tty, argument === 1);
      return 0;
    case TIOCNOTTY:
      giveUpTerminal(process, tty);
      return 0;
    case TIOCVHANGUP:
      requireAdmin(task);
      tty.hangUp();
      return 0;
    case TIOCEXCL:
    case TIOCNXCL:
      tty.isExclusive = request === TIOCEXCL;
      return 0;
    default:
      return undefined;
  }
}

function requireControlling(task: Task, tty: Tty): void {
  if (task.process.session.terminal !== tty) throw fail(ENOTTY, 'not the controlling terminal');
}

function requireAdmin(task: Task): void {
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
}

function lineIoctl(task: Task, tty: Tty, request: number, argument: number): Result | undefined {
  const { memory } = task;
  switch (request) {
    case FIONREAD:
      memory.writeU32(argument, tty.readableBytes);
      return 0;
    case TIOCOUTQ:
      memory.writeU32(argument, tty.unsentBytes);
      return 0;
    case TCFLSH:
      checkFlush(argument);
      if (argument !== TCOFLUSH) tty.flushInput();
      if (argument !== TCIFLUSH) tty.flushOutput();
      return 0;
    case TCXONC:
      controlFlow(tty, argument);
      return 0;
    case TCSBRK:
    case TCSBRKP:
      // A break has no meaning on these lines; a non-zero argument of TCSBRK is tcdrain.
      return tty.unsentBytes > 0 ? block(task, tty.queue) : 0;
    case TIOCSTI: {
      requireAdmin(task);
      tty.receive(memory.readBytes(argument, 1));
      return 0;
    }
    default:
      return undefined;
  }
}

/** The argument of TCFLSH. Throws EINVAL. */
export function checkFlush(argument: number): void {
  if (![TCIFLUSH, TCOFLUSH, TCIOFLUSH].includes(argument)) throw fail(EINVAL, 'TCFLSH');
}

function controlFlow(tty: Tty, action: number): void {
  switch (action) {
    case TCOOFF:
      tty.stop();
      return;
    case TCOON:
      tty.start();
      return;
    case TCIOFF:
      tty.sendCharacter(tty.settings.character(VSTOP));
      return;
    case TCION:
      tty.sendCharacter(tty.settings.character(VSTART));
      return;
    default:
      throw fail(EINVAL, 'TCXONC');
  }
}

/** Errors of opening a terminal that is held by TIOCEXCL. */
export function checkExclusive(tty: Tty, isRoot: boolean): void {
  if (tty.isExclusive && !isRoot) throw fail(EBUSY, 'TIOCEXCL');
}
