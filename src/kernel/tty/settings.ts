/** The settings of a terminal: termios(3), with Linux's initial values (tty_std_termios). */
import {
  B38400,
  CREAD,
  CS8,
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  HUPCL,
  ICANON,
  ICRNL,
  IEXTEN,
  ISIG,
  IXON,
  ONLCR,
  OPOST,
  Termios,
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

export class TerminalSettings {
  iflag = ICRNL | IXON;
  oflag = OPOST | ONLCR;
  cflag = B38400 | CS8 | CREAD | HUPCL;
  lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
  line = 0;
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

  /** Take over a struct termios. */
  assign(bytes: Uint8Array): void {
    const { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc } = Termios.decode(bytes);
    this.iflag = c_iflag;
    this.oflag = c_oflag;
    this.cflag = c_cflag;
    this.lflag = c_lflag;
    this.line = c_line;
    this.cc.set(c_cc);
  }
}
