/** All terminals of a machine, by device number; which one is the console. */
import { toBytes } from '../../lib/bytes.ts';
import { terminalDevice } from '../devfs/terminal-numbers.ts';
import type { Pty } from './pty.ts';
import type { Tty } from './tty.ts';

export class Terminals {
  readonly byDevice = new Map<number, Tty>();
  /** By index; holes are free numbers. */
  readonly ptys = new Map<number, Pty>();
  /** What /dev/console is; undefined on a machine without any line. */
  console: Tty | undefined = undefined;

  add(tty: Tty): void {
    this.byDevice.set(tty.device, tty);
  }

  ptyDevice(index: number): number {
    return terminalDevice('pts', index);
  }

  freePtyIndex(): number {
    let index = 0;
    while (this.ptys.has(index)) index++;
    return index;
  }

  addPty(pty: Pty): void {
    this.ptys.set(pty.index, pty);
    this.add(pty.slave);
  }

  releasePty(pty: Pty): void {
    this.ptys.delete(pty.index);
    this.byDevice.delete(pty.slave.device);
  }

  /** Text of the kernel's own on the console, past the line discipline: a panic. */
  writeConsole(text: string): void {
    this.console?.writeRaw(toBytes(text.replaceAll('\n', '\r\n')));
  }
}
