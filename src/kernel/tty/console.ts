/** The lines of the machine as terminals, and which one is the console. */
import { IUTF8 } from '../../abi/termios.ts';
import { terminalDevice } from '../devfs/terminal-numbers.ts';
import type { Kernel } from '../kernel.ts';
import { Tty } from './tty.ts';

/** Size that a terminal on a serial line is taken to have. */
const SERIAL_ROWS = 24;
const SERIAL_COLUMNS = 80;

/**
 * Make a terminal of every line that was found. The console is what `console=` of the command line names last, else
 * hvc0, else ttyS0.
 */
export function createTerminals(kernel: Kernel): void {
  const { hardware, terminals } = kernel;
  hardware.consoles.forEach((port, i) => {
    const tty = new Tty(kernel, port.name, terminalDevice('hvc', i), port, false);
    terminals.add(tty);
    tty.resize(port.rows || SERIAL_ROWS, port.columns || SERIAL_COLUMNS);
    port.receiver = tty;
  });
  hardware.uarts.forEach((port, i) => {
    const tty = new Tty(kernel, port.name, terminalDevice('ttyS', i), port, false);
    terminals.add(tty);
    tty.resize(SERIAL_ROWS, SERIAL_COLUMNS);
    port.open(tty);
  });
  const all = [...terminals.byDevice.values()];
  // Our screens are UTF-8 terminals.
  for (const tty of all) tty.settings.iflag |= IUTF8;
  const wanted = kernel.commandLine.get('console')?.split(',')[0];
  terminals.console = all.find(({ name }) => name === wanted) ?? all[0];
  if (terminals.console) kernel.printk(`printk: console [${terminals.console.name}] enabled`);
}
