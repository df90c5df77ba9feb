/** The attacks of test/hostile/*.c, and what may be left of the machine after each. */

/**
 * `serves`: it runs the next program as if nothing had happened. `answers`: it is short of something, and the next program may be
 * refused or killed, but not kept waiting. `off`: the guest has ended its own machine, as root may.
 */
export type Aftermath = 'serves' | 'answers' | 'off';

export interface Attack {
  readonly file: string;
  readonly name: string;
  readonly aftermath: Aftermath;
  /** In a terminal, whose screen is looked at. */
  readonly hasTerminal?: boolean;
  /** Where files are made: a folder of the guest, or a folder of the host or a volume that is mounted. */
  readonly place?: string;
}

function attacks(
  file: string,
  names: string,
  more: { aftermath?: Aftermath; hasTerminal?: boolean; place?: string } = {},
): Attack[] {
  return names.split(' ').map((name) => ({ file, name, aftermath: 'serves', ...more }));
}

const ANSWERS = { aftermath: 'answers' } as const;
const OFF = { aftermath: 'off' } as const;

export const ATTACKS: readonly Attack[] = [
  ...attacks('processes', 'vfork zombies threads exec immortal handlers fault timers fifo clone'),
  ...attacks('processes', 'fork daemons family sigqueue kill', ANSWERS),
  ...attacks('processes', 'power sysrq', OFF),
  ...attacks('memory', 'allocate mappings mappings-forked tables locked stack break memfd sparse'),
  ...attacks('memory', 'environment remap protect advise vm'),
  ...attacks('memory', 'many shm', ANSWERS),
  ...attacks(
    'ipc',
    'descriptors high pipes sockets in-flight listeners epoll watches events counters',
  ),
  ...attacks('ipc', 'keys futexes locks terminals'),
  ...attacks('ipc', 'queues sysv', ANSWERS),
  ...attacks(
    'code',
    'rewritten loops straight random spin unaligned bad-elf lying-elf scripts log',
  ),
  ...attacks('code', 'output errors zeros escapes half-escapes strings combining'),
  ...attacks('code', 'output escapes half-escapes strings combining typed', { hasTerminal: true }),
  ...attacks('files', 'deep sparse fill inodes names links mounts overlays loops devices', {
    place: '/tmp',
  }),
  ...attacks('files', 'xattr', { ...ANSWERS, place: '/tmp' }),
  ...attacks('files', 'deep sparse fill inodes names links xattr', { place: '/root' }),
  ...attacks('files', 'deep sparse fill inodes names links xattr escape', { place: '/host' }),
  ...attacks('files', 'deep sparse fill inodes names links xattr escape', { place: '/volume' }),
  ...attacks('files', 'own-disk settings', ANSWERS),
];
