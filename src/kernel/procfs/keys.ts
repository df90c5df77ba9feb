/** /proc/keys and /proc/key-users: proc_keys(5), proc_key-users(5). */
import { KEY_VIEW } from '../../abi/keyctl.ts';
import type { Kernel } from '../kernel.ts';
import { type Key, shownId } from '../keys/key.ts';
import type { KeyLimits } from '../keys/key-accounts.ts';
import { isPossessedBy } from '../keys/task-keyrings.ts';
import type { ProcRow } from './row.ts';
import { LARGEST, tunable } from './sysctl-value.ts';

const UNITS: readonly (readonly [number, string])[] = [
  [7 * 86_400, 'w'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
];

function timeout({ expiry }: Key, nowSeconds: number): string {
  if (expiry === 0) return 'perm';
  const left = expiry - nowSeconds;
  if (left <= 0) return 'expd';
  const [seconds, unit] = UNITS.find(([size]) => left >= size) ?? [1, 's'];
  return `${Math.floor(left / seconds)}${unit}`;
}

function line(key: Key, nowSeconds: number): string {
  const flags = [
    'I',
    key.isRevoked ? 'R' : '-',
    '-',
    'Q',
    '-',
    key.rejection === 0 ? '-' : 'N',
    key.isInvalidated ? 'i' : '-',
  ].join('');
  const rights = key.permissions.toString(16).padStart(8, '0');
  const number = (value: number): string => String(value).padStart(5);
  return (
    `${key.serial.toString(16).padStart(8, '0')} ${flags} ${number(1)} ${timeout(key, nowSeconds).padStart(4)} ` +
    `${rights} ${number(shownId(key.uid))} ${number(shownId(key.gid))} ${key.type.padEnd(9)} ${key.summary}\n`
  );
}

/** Those that the reader may view. */
export function showKeys({ keys, current }: Kernel): string {
  keys.collect();
  if (!current) return '';
  const { nowSeconds } = keys;
  return [...keys.all.values()]
    .filter((key) => key.allows(current.credentials, isPossessedBy(current, key), KEY_VIEW))
    .sort((a, b) => a.serial - b.serial)
    .map((key) => line(key, nowSeconds))
    .join('');
}

export function showKeyUsers({ keys }: Kernel): string {
  keys.collect();
  return [...keys.accounts.values()]
    .filter((account) => account.keys > 0)
    .sort((a, b) => a.uid - b.uid)
    .map((account) => {
      const head = `${String(account.uid).padStart(5)}: ${String(account.keys + 1).padStart(5)}`;
      const own = `${account.keys}/${account.keys} ${account.keys}/${account.maxKeys}`;
      return `${head} ${own} ${account.bytes}/${account.maxBytes}\n`;
    })
    .join('');
}

function limit(name: keyof KeyLimits): ProcRow {
  return tunable(
    name,
    0,
    LARGEST,
    ({ keys }) => keys.limits[name],
    ({ keys }, value) => {
      keys.limits[name] = value;
    },
  );
}

/** /proc/sys/kernel/keys. */
export const KEY_LIMITS: readonly ProcRow[] = (
  ['gc_delay', 'maxbytes', 'maxkeys', 'root_maxbytes', 'root_maxkeys'] as const
).map(limit);
