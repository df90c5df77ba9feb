/** A terminal: a line discipline between a port and the files that programs opened. Linux: struct tty_struct. */
import { EAGAIN, fail } from '../../abi/errno.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import { SI_KERNEL, SIGCONT, SIGHUP, SIGWINCH } from '../../abi/signal.ts';
import { EXTPROC } from '../../abi/termios.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import type { Clock, Ns } from '../clock.ts';
import type { ProcessGroup, Session } from '../session.ts';
import { sendToGroup, sendToProcess } from '../signal.ts';
import { InputBuffer } from './input-buffer.ts';
import { type DisciplineOwner, LineDiscipline } from './line-discipline.ts';
import { OutputProcessor } from './output.ts';
import type { PortReceiver, TtyPort } from './port.ts';
import { TerminalSettings } from './settings.ts';

/** Bytes of a write that are processed at a time. */
const WRITE_CHUNK = 2048;
/** Of no bytes; a constant that saved states know. */
export const NOTHING = new Uint8Array(0);

/** struct winsize; pixels are 0 where nobody knows them. */
export interface WindowSize {
  rows: number;
  columns: number;
  xPixels: number;
  yPixels: number;
}

/** Events that a pty's master may be told in packet mode. */
export type TtyEvent =
  | 'flushRead'
  | 'flushWrite'
  | 'stop'
  | 'start'
  | 'flowOff'
  | 'flowOn'
  | 'external';

/** What a terminal needs of the kernel. */
export interface TtyKernel {
  readonly clock: Pick<Clock, 'monotonicNs' | 'realtime'>;
}

export class Tty implements PortReceiver, DisciplineOwner {
  /** As under /dev: `hvc0`, `pts/0`. */
  readonly name: string;
  /** Device number, for /proc/<pid>/stat. */
  readonly device: number;
  readonly kernel: TtyKernel;
  readonly isPty: boolean;
  readonly settings = new TerminalSettings();
  readonly input = new InputBuffer();
  readonly output = new OutputProcessor(this.settings);
  readonly discipline: LineDiscipline;
  /** Woken with anything that poll() may tell. */
  readonly queue = new WaitQueue();
  readonly size: WindowSize = { rows: 0, columns: 0, xPixels: 0, yPixels: 0 };
  /** Session that it controls, and that session's foreground group. */
  session: Session | undefined = undefined;
  foreground: ProcessGroup | undefined = undefined;
  /** Open files. */
  openCount = 0;
  /** Counts hang-ups: files that were opened before the last one are dead. */
  generation = 0;
  /** TIOCEXCL: no more opens but by root. */
  isExclusive = false;
  isStopped = false;
  /** When input last came, for VTIME between bytes. */
  lastInputNs: Ns = 0;
  private readonly port: TtyPort;
  /** Processed output that the port had no room for. */
  private unsent: Uint8Array = NOTHING;
  /** The port holds input back. */
  private isThrottled = false;

  constructor(kernel: TtyKernel, name: string, device: number, port: TtyPort, isPty: boolean) {
    this.kernel = kernel;
    this.name = name;
    this.device = device;
    this.port = port;
    this.isPty = isPty;
    this.discipline = new LineDiscipline(this.settings, this.input, this.output, this);
  }

  // ---- the port's side

  receive(bytes: Uint8Array): number {
    const taken = this.discipline.receive(bytes);
    this.isThrottled = taken < bytes.length;
    this.lastInputNs = this.kernel.clock.monotonicNs();
    this.sendEchoes();
    this.queue.wakeAll();
    return taken;
  }

  outputReady(): void {
    this.flushUnsent();
    this.sendEchoes();
    this.queue.wakeAll();
  }

  resize(rows: number, columns: number): void {
    this.setSize({ rows, columns, xPixels: 0, yPixels: 0 });
  }

  /** The line is gone: the session's leader is told, and every open file is dead. */
  hangUp(): void {
    this.generation++;
    const { session, foreground } = this;
    if (session?.leader) {
      sendToProcess(session.leader, SIGHUP, { code: SI_KERNEL });
      sendToProcess(session.leader, SIGCONT, { code: SI_KERNEL });
    }
    if (foreground) sendToGroup(foreground, SIGHUP, { code: SI_KERNEL });
    if (session) session.terminal = undefined;
    this.session = undefined;
    this.foreground = undefined;
    this.input.clear();
    this.isStopped = false;
    this.queue.wakeAll();
  }

  // ---- the discipline's side

  signal(signal: number): void {
    if (this.foreground) sendToGroup(this.foreground, signal, { code: SI_KERNEL });
  }

  flushOutput(): void {
    this.unsent = NOTHING;
    this.port.discardOutput?.();
    this.tell('flushWrite');
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.tell('stop');
  }

  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.tell('start');
    this.flushUnsent();
    this.sendEchoes();
    this.queue.wakeAll();
  }

  // ---- the files' side

  /** Bytes of the first line, or whatever is there when not canonical. Throws EAGAIN when nothing can be read. */
  read(buffer: IoBuffer): number {
    const { discipline, input } = this;
    if (!discipline.isReadable(1)) {
      if (discipline.isPolling) return 0;
      throw fail(EAGAIN, 'no input');
    }
    const bytes = discipline.isCanonical
      ? input.readLine(buffer.length)
      : input.readRaw(buffer.length);
    buffer.copyIn(bytes, 0);
    this.unthrottle();
    return bytes.length;
  }

  /** Throws EAGAIN when output is stopped or the port is full. */
  write(buffer: IoBuffer): number {
    this.sendEchoes();
    if (this.isStopped || !this.flushUnsent()) throw fail(EAGAIN, 'output is held');
    const bytes = new Uint8Array(Math.min(buffer.length, WRITE_CHUNK));
    buffer.copyOut(bytes, 0);
    this.output.write(bytes);
    this.send();
    return bytes.length;
  }

  poll(): number {
    const readable = this.discipline.isPollReadable ? POLLIN | POLLRDNORM : 0;
    const isWritable = !this.isStopped && this.unsent.length === 0;
    return readable | (isWritable ? POLLOUT | POLLWRNORM : 0) | (this.port.isGone ? POLLHUP : 0);
  }

  /** Processed output that is not on the line yet: TIOCOUTQ. */
  get unsentBytes(): number {
    return this.unsent.length;
  }

  /** FIONREAD. */
  get readableBytes(): number {
    return this.input.countReadable(this.discipline.isCanonical);
  }

  setSettings(bytes: Uint8Array): void {
    const before = this.settings.lflag;
    const hadFlow = this.settings.hasUsualFlow;
    this.settings.assign(bytes, this.isPty);
    this.discipline.settingsChanged(before);
    const { hasUsualFlow, lflag } = this.settings;
    if (hasUsualFlow !== hadFlow) this.tell(hasUsualFlow ? 'flowOn' : 'flowOff');
    if (((before | lflag) & EXTPROC) !== 0) this.tell('external');
    this.queue.wakeAll();
  }

  /** A change tells the foreground group. */
  setSize(size: WindowSize): void {
    const { rows, columns, xPixels, yPixels } = this.size;
    const isSame =
      rows === size.rows &&
      columns === size.columns &&
      xPixels === size.xPixels &&
      yPixels === size.yPixels;
    if (isSame) return;
    Object.assign(this.size, size);
    this.signal(SIGWINCH);
  }

  /** The kernel's own output, past all processing and flow control. */
  writeRaw(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const sent = this.port.write(bytes.subarray(done));
      if (sent === 0) return;
      done += sent;
    }
  }

  /** Send one byte past all processing: tcflow's START and STOP characters. */
  sendCharacter(byte: number): void {
    if (byte !== 0) this.port.write(Uint8Array.of(byte));
  }

  flushInput(): void {
    this.input.clear();
    this.tell('flushRead');
    this.unthrottle();
  }

  fileOpened(): void {
    this.openCount++;
    this.port.slaveCountChanged?.(this.openCount);
  }

  /** The last one resets nothing: the settings stay for the next open. */
  fileReleased(): void {
    this.openCount--;
    if (this.openCount === 0) this.isExclusive = false;
    this.port.slaveCountChanged?.(this.openCount);
  }

  private unthrottle(): void {
    if (!this.isThrottled) return;
    this.isThrottled = false;
    this.port.inputReady();
  }

  private tell(event: TtyEvent): void {
    this.port.notice?.(event);
  }

  private sendEchoes(): void {
    if (this.isStopped || !this.output.hasEchoes || !this.flushUnsent()) return;
    this.output.processEchoes();
    this.send();
  }

  private send(): void {
    const bytes = this.output.take();
    const sent = bytes.length === 0 ? 0 : this.port.write(bytes);
    this.unsent = sent === bytes.length ? NOTHING : bytes.subarray(sent);
  }

  /** False when the port is still full. */
  private flushUnsent(): boolean {
    if (this.unsent.length === 0) return true;
    if (this.isStopped) return false;
    this.unsent = this.unsent.subarray(this.port.write(this.unsent));
    return this.unsent.length === 0;
  }
}
