/** /proc/tty/drivers: how ps(1) turns a device number into the name of a terminal. */
import type { Kernel } from '../kernel.ts';

/** Driver, prefix of its names under /dev, major, minors, type. */
const DRIVERS: readonly (readonly [string, string, number, string, string])[] = [
  ['/dev/tty', '/dev/tty', 5, '0', 'system:/dev/tty'],
  ['/dev/console', '/dev/console', 5, '1', 'system:console'],
  ['/dev/ptmx', '/dev/ptmx', 5, '2', 'system'],
  ['pty_slave', '/dev/pts', 136, '0-4095', 'pty:slave'],
  ['hvc', '/dev/hvc', 229, '0-7', 'system'],
  ['serial', '/dev/ttyS', 4, '64-67', 'serial'],
];

export function showTtyDrivers(_kernel: Kernel): string {
  return DRIVERS.map(([driver, prefix, major, minors, type]) => {
    const number = String(major).padStart(3);
    return `${driver.padEnd(20)} ${prefix.padEnd(14)} ${number} ${minors.padStart(7)} ${type}\n`;
  }).join('');
}
