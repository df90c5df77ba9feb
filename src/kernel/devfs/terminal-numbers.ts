/** Device numbers of terminals, for the tables of devices and of terminals. */
import { makeDevice } from '../../abi/stat.ts';

export const TTY_MAJOR = 4;
export const HVC_MAJOR = 229;
export const PTS_MAJOR = 136;
/** ttyS0 among the minors of TTY_MAJOR. */
export const FIRST_SERIAL = 64;

/** Device number of the terminal that is `index` of its kind. */
export function terminalDevice(kind: 'hvc' | 'ttyS' | 'pts', index: number): number {
  if (kind === 'pts') return makeDevice(PTS_MAJOR, index);
  return kind === 'hvc'
    ? makeDevice(HVC_MAJOR, index)
    : makeDevice(TTY_MAJOR, FIRST_SERIAL + index);
}
