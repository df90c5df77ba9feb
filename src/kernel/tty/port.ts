/** The line behind a terminal: what a serial port, a virtio console or a pty master is to tty.ts. Linux: struct tty_operations. */
import type { TtyEvent } from './tty.ts';

/** The side that the terminal drives. */
export interface TtyPort {
  /** Take output bytes; returns how many were accepted, 0 when there is no room now (then outputReady follows). */
  write(bytes: Uint8Array): number;
  /** The terminal refused input before and has room again. */
  inputReady(): void;
  /** Forget output that nobody has seen yet. Lines that send at once leave it out. */
  discardOutput?(): void;
  /** Something that a pty's master may want to know. */
  notice?(event: TtyEvent): void;
  /** How many files have the terminal open now. */
  slaveCountChanged?(count: number): void;
  /** Nobody is at the other end. */
  readonly isGone?: boolean;
}

/** The side that the port drives: the terminal. */
export interface PortReceiver {
  /** Input arrived; returns how many bytes were taken. When fewer than given, the port keeps the rest until inputReady. */
  receive(bytes: Uint8Array): number;
  /** The port has room for output again. */
  outputReady(): void;
  /** The other side was resized. */
  resize(rows: number, columns: number): void;
  /** The other side is gone. */
  hangUp(): void;
}
