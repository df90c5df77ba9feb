/** Which long names can be. Microsoft FAT specification, section 7.1; Linux: fs/fat/namei_vfat.c. */
import { EINVAL, ENAMETOOLONG, ENOENT, fail } from '../../abi/errno.ts';
import { MAX_UNITS } from './slots.ts';

/** Dots at the end do not count. */
export function stripDots(name: string): string {
  let end = name.length;
  while (end > 0 && name.charCodeAt(end - 1) === 0x2e) end--;
  return name.slice(0, end);
}

/** `units` is UTF-16, without dots at its end. Throws ENOENT for dots alone, EINVAL, ENAMETOOLONG. */
export function checkName(units: string): void {
  if (units === '') throw fail(ENOENT, 'a name of dots');
  if (units.length > MAX_UNITS) throw fail(ENAMETOOLONG, units);
  if (/[*?<>|":\\]/.test(units) || units.endsWith(' ')) throw fail(EINVAL, units);
  for (let i = 0; i < units.length; i++) if (units.charCodeAt(i) < 0x20) throw fail(EINVAL, units);
}
