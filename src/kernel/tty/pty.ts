/** Pseudoterminals: a terminal whose line is a program or the host. pty(7); Linux: drivers/tty/pty.c. */
import { EAGAIN, EIO, ENOSPC, fail } from '../../abi/errno.ts';
import { HUPCL } from '../../abi/termios.ts';
import { ByteQueue } from '../../lib/byte-queue.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import type { Kernel } from '../kernel.ts';
import type { TtyPort } from './port.ts';
import type { Terminals } from './terminals.ts';
import { Tty, type TtyEvent } from './tty.ts';

/** Output that the master has not read: as much as Linux buffers. */
const OUTPUT_BYTES = 8192;
/** /proc/sys/kernel/pty/max. */
export const MAX_PTYS = 4096;

/** Status bits of packet mode: ioctl_tty(2) TIOCPKT. */
const PACKET: Readonly<Record<TtyEvent, number>> = {
  flushRead: 1,
  flushWrite: 2,
  stop: 4,
  start: 8,
  flowOff: 16,
  flowOn: 32,
  external: 64,
};

const FLOW = PACKET.flowOff | PACKET.flowOn;

/** The pair: the slave is a terminal, and this its line, which the master reads and writes. */
export class Pty implements TtyPort {
  /** Its number under /dev/pts. */
  readonly index: number;
  readonly slave: Tty;
  /** Woken with anything that the master's poll() may tell. */
  readonly queue = new WaitQueue();
  /** Output that waits for the master. */
  readonly output = new ByteQueue(OUTPUT_BYTES);
  /** The slave cannot be opened until TIOCSPTLCK unlocks it. */
  isLocked = true;
  /** TIOCPKT: reads begin with a status byte. */
  isPacketMode = false;
  /** Packet-mode bits that the master was not told yet. */
  packetStatus = 0;
  private readonly terminals: Terminals;
  private isMasterOpen = true;
  private wasSlaveOpened = false;
  private slaveCount = 0;

  constructor(kernel: Kernel, index: number, device: number) {
    this.index = index;
    this.terminals = kernel.terminals;
    this.slave = new Tty(kernel, `pts/${index}`, device, this, true);
    // There is no modem behind it to hang up.
    this.slave.settings.cflag &= ~HUPCL;
  }

  get isGone(): boolean {
    return !this.isMasterOpen;
  }

  /** All files of the slave were closed. */
  get isSlaveClosed(): boolean {
    return this.wasSlaveOpened && this.slaveCount === 0;
  }

  // ---- as the slave's line

  write(bytes: Uint8Array): number {
    if (!this.isMasterOpen) return bytes.length;
    const count = this.output.push(bytes);
    if (count > 0) this.queue.wakeAll();
    return count;
  }

  inputReady(): void {
    this.queue.wakeAll();
  }

  discardOutput(): void {
    this.output.clear();
  }

  notice(event: TtyEvent): void {
    if (!this.isPacketMode) return;
    const bit = PACKET[event];
    // What was told before is not true any more.
    if ((bit & FLOW) !== 0) this.packetStatus &= ~FLOW;
    this.packetStatus |= bit;
    this.queue.wakeAll();
  }

  slaveCountChanged(count: number): void {
    this.slaveCount = count;
    if (count > 0) this.wasSlaveOpened = true;
    else this.releaseIfUnused();
    this.queue.wakeAll();
  }

  // ---- the master's side

  /** Output, at most `limit` bytes. Throws EAGAIN when there is none, EIO when the slave was closed. */
  takeOutput(limit: number): Uint8Array {
    if (this.output.length === 0) {
      if (this.isSlaveClosed) throw fail(EIO, 'the slave is closed');
      throw fail(EAGAIN, 'no output');
    }
    const bytes = this.output.shift(limit);
    this.slave.outputReady();
    return bytes;
  }

  /** Type bytes in; returns how many were taken. */
  giveInput(bytes: Uint8Array): number {
    return this.slave.receive(bytes);
  }

  /** Forget what the slave wrote and the master has not read. */
  flushInput(): void {
    this.output.clear();
    this.slave.outputReady();
  }

  closeMaster(): void {
    this.isMasterOpen = false;
    this.output.clear();
    this.slave.hangUp();
    this.releaseIfUnused();
  }

  private releaseIfUnused(): void {
    if (!this.isMasterOpen && this.slaveCount === 0) this.terminals.releasePty(this);
  }
}

/** A new pair with the lowest free number. Throws ENOSPC. */
export function createPty(kernel: Kernel): Pty {
  const { terminals } = kernel;
  const index = terminals.freePtyIndex();
  if (index >= MAX_PTYS) throw fail(ENOSPC, 'no pty left');
  const pty = new Pty(kernel, index, terminals.ptyDevice(index));
  terminals.addPty(pty);
  return pty;
}
