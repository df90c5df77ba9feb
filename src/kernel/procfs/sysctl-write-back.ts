/** /proc/sys/vm/dirty_*: when dirty pages are written back. Documentation/admin-guide/sysctl/vm.rst. */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { WriteBack } from '../mm/write-back.ts';
import type { ProcRow } from './row.ts';
import { LARGEST, tunable } from './sysctl-value.ts';

type Setting = Exclude<
  { [Key in keyof WriteBack]: WriteBack[Key] extends number ? Key : never }[keyof WriteBack],
  'backgroundPages' | 'limitPages'
>;

/** Setting `key` makes the other one of its pair 0. */
function setting(name: string, low: number, high: number, key: Setting, other?: Setting): ProcRow {
  return tunable(
    name,
    low,
    high,
    ({ writeBack }) => writeBack[key],
    ({ writeBack }, value) => {
      writeBack[key] = value;
      if (other !== undefined) writeBack[other] = 0;
      writeBack.retime();
    },
  );
}

export const WRITE_BACK: readonly ProcRow[] = [
  setting(
    'dirty_background_bytes',
    1,
    Number.MAX_SAFE_INTEGER,
    'backgroundBytes',
    'backgroundRatio',
  ),
  setting('dirty_background_ratio', 0, 100, 'backgroundRatio', 'backgroundBytes'),
  setting('dirty_bytes', 2 * PAGE_SIZE, Number.MAX_SAFE_INTEGER, 'bytes', 'ratio'),
  setting('dirty_expire_centisecs', 0, LARGEST, 'expireCentiseconds'),
  setting('dirty_ratio', 0, 100, 'ratio', 'bytes'),
  setting('dirty_writeback_centisecs', 0, LARGEST, 'periodCentiseconds'),
  setting('dirtytime_expire_seconds', 0, LARGEST, 'timesExpireSeconds'),
];
