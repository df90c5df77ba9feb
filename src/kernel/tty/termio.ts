/** The terminal interface of System V, with 16 bits of each word and 8 characters: TCGETA and its relatives. */
import { Termios } from '../../abi/termios.ts';
import { layout } from '../../lib/layout.ts';
import type { UserMemory } from '../mm/user-memory.ts';
import type { TerminalSettings } from './settings.ts';

export const TCGETA = 0x5405;
export const TCSETA = 0x5406;
export const TCSETAW = 0x5407;
export const TCSETAF = 0x5408;

const CHARACTERS = 8;
const LOW = 0xffff;

const Termio = layout({
  c_iflag: 'u16',
  c_oflag: 'u16',
  c_cflag: 'u16',
  c_lflag: 'u16',
  c_line: 'u8',
  c_cc: 'bytes8',
  pad: 'u8',
});

export function writeTermio(memory: UserMemory, address: number, settings: TerminalSettings): void {
  const all = Termios.decode(settings.encode());
  memory.write(Termio, address, {
    c_iflag: all.c_iflag & LOW,
    c_oflag: all.c_oflag & LOW,
    c_cflag: all.c_cflag & LOW,
    c_lflag: all.c_lflag & LOW,
    c_line: all.c_line,
    c_cc: all.c_cc.slice(0, CHARACTERS),
    pad: 0,
  });
}

/** struct termios: the settings with what struct termio has of them changed. */
export function readTermio(
  memory: UserMemory,
  address: number,
  settings: TerminalSettings,
): Uint8Array {
  const { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc } = memory.read(Termio, address);
  const all = Termios.decode(settings.encode());
  const merge = (word: number, low: number) => ((word & ~LOW) | low) >>> 0;
  return Termios.encode({
    c_iflag: merge(all.c_iflag, c_iflag),
    c_oflag: merge(all.c_oflag, c_oflag),
    c_cflag: merge(all.c_cflag, c_cflag),
    c_lflag: merge(all.c_lflag, c_lflag),
    c_line,
    c_cc: Uint8Array.of(...c_cc, ...all.c_cc.slice(CHARACTERS)),
  });
}
