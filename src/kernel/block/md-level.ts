/** Levels of arrays, as superblocks and ioctl(2) number them. */
import type { RaidLevel } from '../../fs/raid/raid-array.ts';

const NUMBERS: Readonly<Record<RaidLevel, number>> = {
  linear: -1,
  raid0: 0,
  raid1: 1,
  raid4: 4,
  raid5: 5,
  raid6: 6,
};
const LEFT_SYMMETRIC = 2;

export const LEVELS = Object.keys(NUMBERS) as readonly RaidLevel[];

export function levelNumber(level: RaidLevel): number {
  return NUMBERS[level];
}

export function levelOf(number: number): RaidLevel | undefined {
  return LEVELS.find((level) => NUMBERS[level] === number);
}

/** Of parity: the only one there is. */
export function layoutOf(level: RaidLevel | undefined): number {
  return level === 'raid5' || level === 'raid6' ? LEFT_SYMMETRIC : 0;
}
