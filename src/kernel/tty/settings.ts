/** The settings of a terminal: termios(3), with Linux's initial values (tty_std_termios). */
import {
  B38400,
  BOTHER,
  CBAUD,
  CBAUDEX,
  CREAD,
  CS8,
  CSIZE,
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  HUPCL,
  IBSHIFT,
  ICANON,
  ICRNL,
  IEXTEN,
  ISIG,
  IXON,
  ONLCR,
  OPOST,
  PARENB,
  Termios,
  Termios2,
  VDISCARD,
  VEOF,
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
  VWERASE,
} from '../../abi/termios.ts';

/** Speeds by their number in c_cflag; those with CBAUDEX follow behind B38400. */
const SPEEDS = [
  0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600,
  115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000,
  3000000, 3500000, 4000000,
];

/** Bits per second of a speed in c_cflag; `given` for BOTHER. Linux: tty_termios_baud_rate. */
function speedOf(code: number, given: number): number {
  if (code === BOTHER) return given;
  const index = (code & CBAUDEX) !== 0 ? (code & ~CBAUDEX) + B38400 : code;
  return SPEEDS[index] ?? 0;
}

export class TerminalSettings {
  iflag = ICRNL | IXON;
  oflag = OPOST | ONLCR;
  cflag = B38400 | CS8 | CREAD | HUPCL;
  lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
  line = 0;
  /** Bits per second, which nothing here takes time for. */
  inputSpeed = 38400;
  outputSpeed = 38400;
  /** Control characters by V*; 0 is "disabled". */
  readonly cc = new Uint8Array(19);

  constructor() {
    const { cc } = this;
    cc[VINTR] = 0x03;
    cc[VQUIT] = 0x1c;
    cc[VERASE] = 0x7f;
    cc[VKILL] = 0x15;
    cc[VEOF] = 0x04;
    cc[VMIN] = 1;
    cc[VSTART] = 0x11;
    cc[VSTOP] = 0x13;
    cc[VSUSP] = 0x1a;
    cc[VREPRINT] = 0x12;
    cc[VDISCARD] = 0x0f;
    cc[VWERASE] = 0x17;
    cc[VLNEXT] = 0x16;
  }

  /** The control character V*. */
  character(index: number): number {
    return this.cc[index] as number;
  }

  /** ^S and ^Q, and no others, stop and start output: what packet mode tells of. */
  get hasUsualFlow(): boolean {
    const { iflag, cc } = this;
    return (iflag & IXON) !== 0 && cc[VSTOP] === 0x13 && cc[VSTART] === 0x11;
  }

  /** struct termios. */
  encode(): Uint8Array {
    const { iflag, oflag, cflag, lflag, line, cc } = this;
    return Termios.encode({
      c_iflag: iflag >>> 0,
      c_oflag: oflag >>> 0,
      c_cflag: cflag >>> 0,
      c_lflag: lflag >>> 0,
      c_line: line,
      c_cc: cc,
    });
  }

  /** struct termios2. */
  encodeWithSpeeds(): Uint8Array {
    const { inputSpeed, outputSpeed } = this;
    const fields = Termios.decode(this.encode());
    return Termios2.encode({ ...fields, c_ispeed: inputSpeed, c_ospeed: outputSpeed });
  }

  /** Take over a struct termios, or termios2. A pty has 8 bits and no parity, whatever is asked for. */
  assign(bytes: Uint8Array, isPty = false): void {
    const { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc } = Termios.decode(bytes);
    this.iflag = c_iflag;
    this.oflag = c_oflag;
    this.cflag = isPty ? (c_cflag & ~(CSIZE | PARENB)) | CS8 | CREAD : c_cflag;
    this.lflag = c_lflag;
    this.line = c_line;
    this.cc.set(c_cc);
    const given = bytes.length >= Termios2.size ? Termios2.decode(bytes) : undefined;
    const input = (c_cflag >>> IBSHIFT) & CBAUD;
    this.outputSpeed = speedOf(c_cflag & CBAUD, given?.c_ospeed ?? this.outputSpeed);
    this.inputSpeed =
      input === 0 ? this.outputSpeed : speedOf(input, given?.c_ispeed ?? this.inputSpeed);
  }
}
