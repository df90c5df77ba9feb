/** Random scripts for operations.c: each line an operation. What a file system does not promise is left out by `Abilities`. */
import fc from 'fast-check';

/** What of the operations a file system has as Linux's file system beside it. */
export interface Abilities {
  /** Modes of fallocate(2); none: the call is left out. */
  readonly allocations: readonly number[];
  /** Flags of renameat2(2). */
  readonly renames: readonly number[];
  readonly hasLinks: boolean;
  readonly hasOwners: boolean;
  readonly hasAttributes: boolean;
  readonly hasFifos: boolean;
  readonly hasMaps: boolean;
  readonly hasTemporaries: boolean;
  /** Of new files and folders. */
  readonly modes: readonly string[];
  readonly folderModes: readonly string[];
}

const MODES = ['0644', '0600', '0444', '0777', '0000', '04755', '02755', '01777', '0711'];

export const ALL: Abilities = {
  allocations: [],
  renames: [0, 0, 0, 1, 2, 3, 4, 5, 8],
  hasLinks: true,
  hasOwners: true,
  hasAttributes: true,
  hasFifos: true,
  hasMaps: true,
  hasTemporaries: true,
  modes: MODES,
  folderModes: MODES,
};

const O = {
  WRONLY: 0o1,
  RDWR: 0o2,
  CREAT: 0o100,
  EXCL: 0o200,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  SYNC: 0o4010000,
  DIRECTORY: 0o200000,
  NOFOLLOW: 0o400000,
  NOATIME: 0o1000000,
  PATH: 0o10000000,
  TMPFILE: 0o20200000,
};
const OPEN_FLAGS = [
  0,
  O.RDWR,
  O.RDWR,
  O.RDWR | O.CREAT,
  O.RDWR | O.CREAT,
  O.RDWR | O.CREAT,
  O.WRONLY | O.CREAT | O.EXCL,
  O.RDWR | O.CREAT | O.TRUNC,
  O.RDWR | O.TRUNC,
  O.TRUNC,
  O.RDWR | O.APPEND,
  O.WRONLY | O.CREAT | O.APPEND | O.SYNC,
  O.DIRECTORY,
  O.DIRECTORY | O.CREAT,
  O.NOFOLLOW,
  O.CREAT | O.NOFOLLOW | O.RDWR,
  O.NOATIME,
  O.PATH,
  O.PATH | O.NOFOLLOW,
  3,
];
const USERS = [0, 0, 1, 7];
const XATTR_NAMES = ['user.a', 'user.b', 'user.long-name', 'trusted.t', 'user.', 'nothing.a', 'a'];

type Line = fc.Arbitrary<string>;

function line(...parts: readonly (string | fc.Arbitrary<string | number>)[]): Line {
  return fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((words) => words.join(' '));
}

/** One character too long. */
const LONG = `d/${'n'.repeat(256)}`;
const name = fc.constantFrom('a', 'b', 'd', 'e');
const folder = fc.constantFrom('d', 'e', 'd/e');
const path: Line = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: name },
      { weight: 6, arbitrary: fc.tuple(folder, name).map((both) => both.join('/')) },
      { weight: 1, arbitrary: fc.constantFrom('.', '..', '-', 'd/e/a/b', LONG) },
    ),
    fc.constantFrom('', '', '', '', '', '', '', '', '', '', '/', '/.', '/..'),
  )
  // Above the folder is another file system.
  .map(([front, end]) => (['-', '..', LONG].includes(front) ? front : front + end));
const target = fc.constantFrom('a', 'b', 'd/a', '../b', '.', 'e/', 'd', '../a/e', 'b/../d/e');
const slot = fc.integer({ min: 0, max: 3 });
const place = fc.oneof(
  fc.integer({ min: 0, max: 60_000 }),
  fc.constantFrom(0, 1, 4095, 4096, 4097, 8192, 16_384, 40_960, -1),
);
const size = fc.oneof(
  fc.integer({ min: 0, max: 20_000 }),
  fc.constantFrom(0, 1, 1024, 4096, 8192, 65_536),
);
const time = fc.integer({ min: 0, max: 1_000_000 });

function content(abilities: Abilities): Line[] {
  const lines = [
    line('pwrite', slot, place, size),
    line('pwrite', slot, place, size),
    line('write', slot, size),
    line('pread', slot, place, size),
    line('pread', slot, '0', '100000'),
    line('read', slot, size),
    line('lseek', slot, place, fc.constantFrom(0, 1, 2)),
    line('ftruncate', slot, place),
    line('truncate', path, place),
    line('copy', slot, place, slot, place, size),
    line('fsync', slot),
    line('fstat', slot),
    line('fstat', slot),
  ];
  if (abilities.allocations.length > 0)
    lines.push(
      line('fallocate', slot, fc.constantFrom(...abilities.allocations), place, size),
      line('fallocate', slot, fc.constantFrom(...abilities.allocations), '4096', '8192'),
    );
  if (abilities.hasMaps)
    lines.push(line('mapread', slot, place, size), line('mapwrite', slot, place, size));
  return lines;
}

function tree(abilities: Abilities): Line[] {
  const lines = [
    line('mkdir', path, fc.constantFrom(...abilities.folderModes)),
    line('mkdir', path, '0755'),
    line('rmdir', path),
    line('unlink', path),
    line('unlink', path),
    line('list', path),
    line('stat', path),
    line('stat', path),
    line('access', path, fc.constantFrom(0, 1, 2, 4, 6, 8)),
    line('rename', path, path, fc.constantFrom(...abilities.renames)),
    line('rename', path, path, '0'),
    line('rename', path, path, '0'),
  ];
  if (abilities.hasLinks)
    lines.push(
      line('link', path, path),
      line('link', path, path),
      line('symlink', target, path),
      line('symlink', target, path),
      line('readlink', path, fc.constantFrom(1, 3, 100)),
    );
  if (abilities.hasFifos) lines.push(line('mkfifo', path));
  return lines;
}

function attributes(abilities: Abilities): Line[] {
  const lines: Line[] = [];
  if (abilities.hasOwners)
    lines.push(
      line('utimens', path, time, time),
      line('utimens', path, '-1', time),
      line('chmod', path, fc.constantFrom(...MODES)),
      line('chown', path, fc.constantFrom(-1, 0, 1, 7), fc.constantFrom(-1, 0, 1, 7)),
      line('user', fc.constantFrom(...USERS)),
      line('user', '0'),
    );
  if (abilities.hasAttributes)
    lines.push(
      line('setxattr', path, fc.constantFrom(...XATTR_NAMES), size, fc.constantFrom(0, 0, 1, 2, 3)),
      line('setxattr', path, 'user.a', fc.constantFrom(0, 5, 200), fc.constantFrom(0, 0, 1, 2)),
      line('getxattr', path, fc.constantFrom(...XATTR_NAMES), fc.constantFrom(0, 10, 65_536)),
      line('removexattr', path, fc.constantFrom(...XATTR_NAMES)),
      line('listxattr', path),
    );
  return lines;
}

/** Scripts that once gave something else than on Linux. */
export const FOUND = {
  exchange: ['open 0 d/a 66 0644', 'rename e d/a/ 2'],
  holeBehindEnd: [
    'open 0 b 66 0644',
    'utimens b 0 0',
    'fallocate 0 3 0 65536',
    'fstat 0',
    'utimens b 0 0',
    'pwrite 0 0 5000',
    'utimens b 0 0',
    'fallocate 0 3 8192 4096',
    'fstat 0',
    'fallocate 0 3 4096 4096',
    'fstat 0',
  ],
  farMapping: ['open 3 a 66 0644', 'ftruncate 3 4096', 'mapwrite 3 -1 1024'],
  emptyAppend: [
    'open 0 a 66 0644',
    'write 0 100',
    'open 1 a 1026 0644',
    'write 1 0',
    'lseek 1 0 1',
  ],
  manyAttributes: [
    'open 0 a 66 0644',
    'setxattr a trusted.t 4082 0',
    'setxattr a user.a 65536 0',
    'setxattr a user.b 65536 0',
    'listxattr a',
  ],
  ioctlOnlyMapping: [
    'open 1 b 66 0644',
    'open 0 b 3 0644',
    'pwrite 1 0 65536',
    'mapread 0 0 65536',
  ],
  allocatedTimes: [
    'open 2 a 66 0644',
    'ftruncate 2 4097',
    'utimens a 0 0',
    'fallocate 2 0 0 1',
    'stat a',
  ],
  copyFifoToFolder: ['mkfifo d/f', 'open 1 d/f 2 0644', 'open 0 d 0 0644', 'copy 1 0 0 0 0'],
} as const;

/** Scripts of up to 120 lines. */
export function scripts(abilities: Abilities): fc.Arbitrary<string[]> {
  const flags = abilities.hasTemporaries
    ? [...OPEN_FLAGS, O.TMPFILE | O.RDWR, O.TMPFILE | O.EXCL | O.RDWR]
    : OPEN_FLAGS;
  const open = line(
    'open',
    slot,
    path,
    fc.constantFrom(...flags),
    fc.constantFrom(...abilities.modes),
  );
  const plain = line('open', slot, path, String(O.RDWR | O.CREAT), '0644');
  const others = abilities.hasTemporaries
    ? [line('close', slot), line('linkslot', slot, path)]
    : [line('close', slot)];
  const groups = [
    { weight: 3, arbitrary: fc.oneof(open, open, plain, plain, ...others) },
    { weight: 4, arbitrary: fc.oneof(...content(abilities)) },
    { weight: 4, arbitrary: fc.oneof(...tree(abilities)) },
  ];
  const more = attributes(abilities);
  if (more.length > 0) groups.push({ weight: 2, arbitrary: fc.oneof(...more) });
  return fc.array(fc.oneof(...groups), { minLength: 1, maxLength: 120, size: 'max' });
}
