/** Numbers and paths as procfs writes them. */
import type { Ns } from '../clock.ts';

const NS_PER_TICK = 10_000_000;

/** Clock ticks of 1/100 s (USER_HZ), the unit of times in stat files. */
export function ticks(ns: Ns): number {
  return Math.floor(ns / NS_PER_TICK);
}

/** RLIM_INFINITY and other huge values as 64-bit unsigned. */
export function unsigned(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '18446744073709551615' : String(value);
}

/** `Name:\t    1234 kB`: a line of status. */
export function kilobytes(name: string, pages: number): string {
  return `${name}:\t${String(pages * 4).padStart(8)} kB\n`;
}

/** Space, tab, newline, backslash (and `#`) of a path as octal escapes: the fields of mounts are split at spaces. */
export function escapePath(path: string, special: RegExp = /[ \t\n\\#]/g): string {
  return path.replace(special, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** `a-b,c`: the harts of a mask as a list. */
export function hartList(mask: number): string {
  const ranges: string[] = [];
  for (let hart = 0; hart < 32; hart++) {
    if (((mask >>> hart) & 1) === 0) continue;
    let last = hart;
    while (((mask >>> (last + 1)) & 1) === 1 && last < 31) last++;
    ranges.push(last === hart ? String(hart) : `${hart}-${last}`);
    hart = last;
  }
  return ranges.join(',');
}
