/** Controlling terminals and who may use them: POSIX.1 11.1; Linux: drivers/tty/tty_jobctrl.c. */
import { EINVAL, EIO, ENOTTY, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import { SI_KERNEL, SIG_IGN, SIGCONT, SIGHUP, SIGTTIN } from '../../abi/signal.ts';
import { block, type Result } from '../block.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import type { Process } from '../process.ts';
import type { Session } from '../session.ts';
import { sendToGroup } from '../signal.ts';
import { hasSignal } from '../signal-set.ts';
import type { Task } from '../task.ts';
import type { Tty } from './tty.ts';

/**
 * A process outside of the foreground group wants to read (SIGTTIN), or to write or change settings (SIGTTOU): its group
 * is stopped, and the call starts over when it continues. Undefined when it may go on. Throws EIO when stopping makes no sense.
 */
export function checkBackground(task: Task, tty: Tty, signal: number): Result | undefined {
  const { process } = task;
  if (process.session.terminal !== tty || !tty.foreground) return undefined;
  if (process.group === tty.foreground) return undefined;
  const isIgnored =
    hasSignal(task.signalMask, signal) || process.actions.get(signal).handler === SIG_IGN;
  if (isIgnored) {
    if (signal === SIGTTIN) throw fail(EIO, 'background read with SIGTTIN ignored');
    return undefined;
  }
  if (process.group.isOrphaned()) throw fail(EIO, 'background process of an orphaned group');
  sendToGroup(process.group, signal, { code: SI_KERNEL });
  return block(task, tty.queue, { channel: 'job_control' });
}

/** Open of a terminal without O_NOCTTY: a session leader without one takes it. */
export function takeOnOpen(process: Process, tty: Tty): void {
  const { session } = process;
  if (session.leader !== process || session.terminal || tty.session) return;
  attachTerminal(process, tty);
}

/** Make `tty` the controlling terminal of a session leader's session, with the leader's group in the foreground. */
export function attachTerminal(process: Process, tty: Tty): void {
  const { session } = process;
  session.terminal = tty;
  tty.session = session;
  tty.foreground = process.group;
}

/** TIOCSCTTY. With `steals`, root takes it from another session. Errors: EPERM. */
export function setControllingTerminal(process: Process, tty: Tty, steals: boolean): void {
  const { session } = process;
  const isLeader = session.leader === process;
  if (isLeader && session === tty.session) return;
  if (!isLeader || session.terminal) throw fail(EPERM, 'TIOCSCTTY');
  if (tty.session) {
    if (!steals || !process.credentials.hasCapability(CAP_SYS_ADMIN)) {
      throw fail(EPERM, 'terminal of another session');
    }
    tty.session.terminal = undefined;
  }
  attachTerminal(process, tty);
}

/** TIOCNOTTY: give the controlling terminal up, for the whole session if its leader does. */
export function giveUpTerminal(process: Process, tty: Tty): void {
  if (process.session.terminal !== tty) throw fail(ENOTTY, 'not the controlling terminal');
  if (process.session.leader !== process) return;
  const group = tty.foreground;
  disassociate(process.session, tty);
  if (group) sendToGroup(group, SIGCONT, { code: SI_KERNEL });
}

/** The leader of a session has exited. A line is hung up; a pty only loses its session. */
export function sessionLeaderExited(session: Session): void {
  const tty = session.terminal;
  if (!tty) return;
  if (tty.isPty) disassociate(session, tty);
  else tty.hangUp();
}

function disassociate(session: Session, tty: Tty): void {
  const group = tty.foreground;
  session.terminal = undefined;
  tty.session = undefined;
  tty.foreground = undefined;
  if (group) sendToGroup(group, SIGHUP, { code: SI_KERNEL });
}

/** TIOCSPGRP. Errors: ENOTTY, EINVAL, EPERM, ESRCH. */
export function setForeground(task: Task, tty: Tty, pgid: number): void {
  const { process, kernel } = task;
  const { session } = process;
  if (session.terminal !== tty || tty.session !== session) throw fail(ENOTTY, 'TIOCSPGRP');
  if (pgid < 0) throw fail(EINVAL, 'pgid');
  const group = kernel.pids.groups.get(pgid);
  if (!group) throw fail(ESRCH, 'no such group');
  if (group.session !== session) throw fail(EPERM, 'group of another session');
  tty.foreground = group;
}
