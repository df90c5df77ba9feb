/** Input of a terminal: line editing, special characters, echo. termios(3); Linux: drivers/tty/n_tty.c. */
import { SIGINT, SIGQUIT, SIGTSTP } from '../../abi/signal.ts';
import {
  ECHO,
  ECHOCTL,
  ECHONL,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNCR,
  INLCR,
  ISIG,
  ISTRIP,
  IUCLC,
  IXANY,
  IXON,
  NOFLSH,
  PARMRK,
  VEOF,
  VEOL,
  VEOL2,
  VERASE,
  VINTR,
  VKILL,
  VLNEXT,
  VMIN,
  VQUIT,
  VREPRINT,
  VSTART,
  VSTOP,
  VSUSP,
  VTIME,
  VWERASE,
} from '../../abi/termios.ts';
import { erase } from './erase.ts';
import type { InputBuffer } from './input-buffer.ts';
import type { OutputProcessor } from './output.ts';
import type { TerminalSettings } from './settings.ts';

/** Stored for the EOF character: ends a line, and is not read. Also the value of a disabled control character. */
export const END_OF_FILE = 0;
const NEWLINE = 10;
const RETURN = 13;

/** What the discipline asks of its terminal. */
export interface DisciplineOwner {
  /** Send a signal to the foreground group. */
  signal(signal: number): void;
  /** Forget output that is not on the line yet. */
  flushOutput(): void;
  /** ^S and ^Q. */
  stop(): void;
  start(): void;
  readonly isStopped: boolean;
}

export class LineDiscipline {
  readonly settings: TerminalSettings;
  readonly input: InputBuffer;
  readonly output: OutputProcessor;
  private readonly owner: DisciplineOwner;
  /** Bytes with a meaning under the current settings. */
  private readonly isSpecial = new Uint8Array(256);
  /** The next byte is taken literally. */
  private isLiteral = false;

  constructor(
    settings: TerminalSettings,
    input: InputBuffer,
    output: OutputProcessor,
    owner: DisciplineOwner,
  ) {
    this.settings = settings;
    this.input = input;
    this.output = output;
    this.owner = owner;
    this.settingsChanged(settings.lflag);
  }

  /** The settings were changed; `before` are the local flags until now. */
  settingsChanged(before: number): void {
    const { lflag, iflag } = this.settings;
    this.isSpecial.fill(0);
    const mark = (...indexes: readonly number[]): void => {
      for (const index of indexes) this.isSpecial[this.settings.character(index)] = 1;
    };
    if ((iflag & (IGNCR | ICRNL)) !== 0) this.isSpecial[RETURN] = 1;
    if ((iflag & INLCR) !== 0) this.isSpecial[NEWLINE] = 1;
    if ((lflag & ICANON) !== 0) {
      mark(VERASE, VKILL, VEOF, VEOL);
      this.isSpecial[NEWLINE] = 1;
      if ((lflag & IEXTEN) !== 0) {
        mark(VWERASE, VLNEXT, VEOL2);
        if ((lflag & ECHO) !== 0) mark(VREPRINT);
      }
    }
    if ((iflag & IXON) !== 0) mark(VSTART, VSTOP);
    if ((lflag & ISIG) !== 0) mark(VINTR, VQUIT, VSUSP);
    this.isSpecial[END_OF_FILE] = 0;
    if (((before ^ lflag) & ICANON) === 0) return;
    this.input.changeMode(this.isCanonical);
    this.isLiteral = false;
  }

  get isCanonical(): boolean {
    return (this.settings.lflag & ICANON) !== 0;
  }

  /** Bytes from the line; returns how many were taken, the rest when there is room again. */
  receive(bytes: Uint8Array): number {
    let taken = 0;
    for (const byte of bytes) {
      if (!this.input.makeRoom(this.isCanonical, (this.settings.iflag & PARMRK) !== 0)) break;
      this.receiveByte(byte);
      taken++;
    }
    return taken;
  }

  /** VMIN and VTIME are both 0: a read takes what is there, and be it nothing. */
  get isPolling(): boolean {
    const { settings } = this;
    return !this.isCanonical && settings.character(VMIN) === 0 && settings.character(VTIME) === 0;
  }

  /** read(2) could take something: a line, or `minimum` bytes when not canonical. */
  isReadable(minimum: number): boolean {
    return this.isCanonical ? this.input.hasLine : this.input.length >= minimum;
  }

  /** What poll says: VMIN counts unless VTIME ends the wait. */
  get isPollReadable(): boolean {
    const minimum = this.settings.character(VMIN);
    const counts = this.settings.character(VTIME) === 0 && minimum > 0;
    return this.isReadable(counts ? minimum : 1);
  }

  private receiveByte(raw: number): void {
    const { iflag, lflag } = this.settings;
    let byte = (iflag & ISTRIP) !== 0 ? raw & 0x7f : raw;
    const isUpper =
      (byte >= 0x41 && byte <= 0x5a) || (byte >= 0xc0 && byte <= 0xde && byte !== 0xd7);
    if ((iflag & IUCLC) !== 0 && (lflag & IEXTEN) !== 0 && isUpper) byte += 0x20;
    if (this.isLiteral) {
      this.isLiteral = false;
      this.receiveOrdinary(byte);
    } else if (this.isSpecial[byte] !== 0) {
      this.receiveSpecial(byte);
    } else {
      this.receiveOrdinary(byte);
    }
  }

  private receiveOrdinary(byte: number): void {
    this.restartIfAny();
    if ((this.settings.lflag & ECHO) !== 0) {
      this.finishErasing();
      if (this.input.isLineEmpty) this.output.echoSetCanonColumn();
      this.output.echo(byte);
    }
    this.store(byte);
  }

  /** IXANY: any character restarts stopped output. */
  private restartIfAny(): void {
    const { iflag } = this.settings;
    if ((iflag & IXON) !== 0 && (iflag & IXANY) !== 0 && this.owner.isStopped) this.owner.start();
  }

  private receiveSpecial(byte: number): void {
    const { settings } = this;
    const { iflag, lflag } = settings;
    if ((iflag & IXON) !== 0 && this.receiveFlowControl(byte)) return;
    if ((lflag & ISIG) !== 0 && this.receiveSignal(byte)) return;
    this.restartIfAny();
    let character = byte;
    if (byte === RETURN) {
      if ((iflag & IGNCR) !== 0) return;
      if ((iflag & ICRNL) !== 0) character = NEWLINE;
    } else if (byte === NEWLINE && (iflag & INLCR) !== 0) {
      character = RETURN;
    }
    if (this.isCanonical && this.edit(character)) return;
    if ((lflag & ECHO) !== 0) {
      this.finishErasing();
      if (character === NEWLINE) this.output.echoRaw(NEWLINE);
      else {
        if (this.input.isLineEmpty) this.output.echoSetCanonColumn();
        this.output.echo(character);
      }
    }
    this.store(character);
  }

  private receiveFlowControl(byte: number): boolean {
    const { settings } = this;
    if (byte === settings.character(VSTART)) this.owner.start();
    else if (byte === settings.character(VSTOP)) this.owner.stop();
    else return false;
    return true;
  }

  private receiveSignal(byte: number): boolean {
    const { settings } = this;
    let signal: number;
    if (byte === settings.character(VINTR)) signal = SIGINT;
    else if (byte === settings.character(VQUIT)) signal = SIGQUIT;
    else if (byte === settings.character(VSUSP)) signal = SIGTSTP;
    else return false;
    this.owner.signal(signal);
    if ((settings.lflag & NOFLSH) === 0) {
      this.output.forgetEchoes();
      this.owner.flushOutput();
      this.input.clear();
      this.isLiteral = false;
    }
    if ((settings.iflag & IXON) !== 0) this.owner.start();
    if ((settings.lflag & ECHO) !== 0) this.output.echo(byte);
    return true;
  }

  /** Canonical mode's characters; false for one that is stored like any other. */
  private edit(byte: number): boolean {
    const { settings, output } = this;
    const { lflag } = settings;
    const echoes = (lflag & ECHO) !== 0;
    const isExtended = (lflag & IEXTEN) !== 0;
    const is = (index: number): boolean => byte === settings.character(index);
    if (is(VERASE) || is(VKILL) || (is(VWERASE) && isExtended)) {
      erase(this, byte);
    } else if (is(VLNEXT) && isExtended) {
      this.isLiteral = true;
      if (echoes) {
        this.finishErasing();
        if ((lflag & ECHOCTL) !== 0) {
          output.echoRaw(0x5e);
          output.echoRaw(8);
        }
      }
    } else if (is(VREPRINT) && echoes && isExtended) {
      this.reprint(byte);
    } else if (byte === NEWLINE) {
      if (echoes || (lflag & ECHONL) !== 0) output.echoRaw(NEWLINE);
      this.input.endLine(NEWLINE);
    } else if (is(VEOF)) {
      this.input.endLine(END_OF_FILE);
    } else if (is(VEOL) || (is(VEOL2) && isExtended)) {
      if (echoes) {
        if (this.input.isLineEmpty) output.echoSetCanonColumn();
        output.echo(byte);
      }
      if (byte === 0xff && (settings.iflag & PARMRK) !== 0) this.input.put(byte);
      this.input.endLine(byte);
    } else {
      return false;
    }
    return true;
  }

  private reprint(byte: number): void {
    this.finishErasing();
    this.output.echo(byte);
    this.output.echoRaw(NEWLINE);
    for (const typed of this.input.currentLine()) this.output.echo(typed);
  }

  /** ECHOPRT: the erased characters stand between \ and /. */
  finishErasing(): void {
    if (!this.input.isErasing) return;
    this.output.echoRaw(0x2f);
    this.input.isErasing = false;
  }

  /** With PARMRK a byte 0xff is doubled, since a single one marks an error. */
  private store(byte: number): void {
    if (byte === 0xff && (this.settings.iflag & PARMRK) !== 0) this.input.put(byte);
    this.input.put(byte);
  }
}
