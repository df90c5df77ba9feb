/** A machine that always says the same, for frames: what a real one said, cut short. Only for tests. */
import type { ProcessInfo } from '../../src/api/processes.ts';
import type { System } from '../../src/api/system.ts';
import type { Stand } from '../../src/protocol.ts';

function info(pid: number, parentPid: number, command: string, residentKib: number): ProcessInfo {
  const words = command.split(' ');
  return {
    pid,
    parentPid,
    name: words[0]?.split('/').at(-1) ?? '',
    state: command === 'yes' ? 'R' : 'S',
    uid: 0,
    threads: 1,
    nice: 0,
    userMs: command === 'yes' ? 1500 : 10,
    systemMs: 20,
    virtualBytes: 1 << 20,
    residentBytes: residentKib * 1024,
    command: words,
  };
}

const PROCESSES = [
  info(1, 0, '/bin/init', 280),
  info(2, 1, '-sh', 512),
  info(7, 2, 'yes', 96),
  info(8, 2, 'cat -n /etc/passwd', 104),
];

const FILES: Readonly<Record<string, string>> = {
  '/proc/8/smaps':
    '00010000-00092000 r-xp 00000000 fe:00 21 /bin/hartix-tools\nRss:  76 kB\n' +
    '00092000-00095000 rw-p 00082000 fe:00 21 /bin/hartix-tools\nRss:  12 kB\nPrivate_Dirty: 8 kB\n',
  '/proc/8/fdinfo/0': 'pos:\t512\nflags:\t0100000\n',
  '/proc/8/fdinfo/1': 'pos:\t0\nflags:\t01\n',
  '/proc/interrupts':
    '           CPU0\n   5:   1024  RISC-V INTC   5 Edge      riscv-timer\n   1:   27  SiFive PLIC   1 Edge      vda\n',
  '/proc/trapstat': '   CPU0\necall from u:   512\nload page fault:   40\n',
  '/proc/diskstats': ' 254       0 vda 27 0 1939 0 4 0 64 0 0 138 138 0 0 0 0 0 0\n',
  '/proc/meminfo':
    'MemTotal: 262144 kB\nMemFree: 131072 kB\nCached: 65536 kB\nDirty: 64 kB\nAnonPages: 4096 kB\n',
  '/proc/vmstat': 'pgfault 400\npgmajfault 7\nnr_dirtied 12\nnr_written 4\n',
  '/proc/jit':
    'instructions: 61000000\ntranslatedInstructions: 60000000\nregions: 12\nregionBytes: 40960\n',
};

const LINKS: Readonly<Record<string, string>> = {
  '/proc/8/cwd': '/root',
  '/proc/8/fd/0': '/etc/passwd',
  '/proc/8/fd/1': 'pipe:[40]',
  '/proc/7/fd/0': 'pipe:[40]',
};

function found(table: Readonly<Record<string, string>>, path: string): Promise<string> {
  const text = table[path];
  if (text !== undefined) return Promise.resolve(text);
  return Promise.reject(Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' }));
}

const STAND: Stand = {
  pace: { kind: 'pause' },
  task: { pid: 7, tid: 7, name: 'yes' },
  retired: 61_000_000,
  pc: 0x1_2344,
  registers: Array.from({ length: 32 }, (_, number) =>
    (number * 0x1111).toString(16).padStart(16, '0'),
  ),
  trail: [{ address: 0x1_2340, text: 'li a7,64' }],
  code: [
    { address: 0x1_2344, text: 'ecall' },
    { address: 0x1_2348, text: 'bltz a0,0x12360' },
    { address: 0x1_234c, text: 'ret' },
  ],
  event: '',
};

const REGION = {
  entry: 0x1_2340,
  file: '/bin/hartix-tools',
  samples: 900,
  code: [
    { address: 0x1_2340, text: 'lbu a5,0(a0)', samples: 600 },
    { address: 0x1_2344, text: 'addi a0,a0,1', samples: 300 },
    { address: 0x1_2346, text: 'bnez a5,0x12340', samples: 0 },
  ],
  wasm: new Uint8Array(),
  name: 'r12340',
};

const INSPECT = {
  signal: () => Promise.resolve(),
  walk: (_pid: number, address: number) =>
    Promise.resolve({
      address,
      root: 0x8020_0000,
      asid: 4,
      steps: [
        { level: 2, index: 0, entryAddress: 0x8020_0000, low: (0x80201 << 10) | 1, high: 0 },
        { level: 1, index: 0, entryAddress: 0x8020_1000, low: (0x80202 << 10) | 1, high: 0 },
        { level: 0, index: 16, entryAddress: 0x8020_2080, low: (0x80345 << 10) | 0x5b, high: 0 },
      ],
    }),
  calls: () =>
    Promise.resolve({
      lines: [
        '12.000100 8 read(0, "root:x:0:0"..., 4096) = 512',
        '12.000230 8 write(1, "     1\\troot"..., 600) = 600',
        '12.000400 8 openat(AT_FDCWD, "/nowhere", O_RDONLY) = -1 ENOENT',
      ],
      dropped: 2,
    }),
  log: (from: number) =>
    Promise.resolve(
      from > 0
        ? []
        : [
            { sequence: 0, timeNs: 0, level: 5, text: 'Hartix version 6.12.0' },
            { sequence: 1, timeNs: 1.5e9, level: 3, text: 'vda: I/O error, sector 8' },
          ],
    ),
  regions: () => Promise.resolve({ total: 1000, regions: [REGION] }),
  wasmText: () =>
    Promise.resolve('(loop $again\n (br_if $again\n  (i32.load8_u\n   (local.get $a0))))\n'),
  pace: () => Promise.resolve(STAND),
  stand: () => Promise.resolve(STAND),
};

/** Events since the machine has started: a look takes them, and the next one finds none. */
const SWITCHES = {
  nowNs: 2e9,
  kinds: Uint8Array.of(0, 1, 0, 0, 0),
  timesNs: Float64Array.of(1.2e9, 1.5e9, 1.5e9, 1.6e9, 1.9e9),
  tids: Int32Array.of(7, 7, 8, 7, 0),
  harts: new Uint8Array(5),
  names: [
    [7, 'yes'],
    [8, 'cat'],
  ],
  dropped: 0,
};

/** What views ask of a machine. */
export function sampleSystem(): Pick<System, 'processes' | 'maps'> {
  let isLookedAt = false;
  const switches = () => {
    const events = isLookedAt
      ? { ...SWITCHES, kinds: [], timesNs: [], tids: [], harts: [], names: [] }
      : SWITCHES;
    isLookedAt = true;
    return Promise.resolve(events);
  };
  const mapping = { device: 'fe:00', inode: 21, path: '/bin/hartix-tools' };
  const system = {
    processes: () => Promise.resolve(PROCESSES),
    maps: () =>
      Promise.resolve([
        { ...mapping, start: 0x1_0000, end: 0x9_2000, permissions: 'r-xp', offset: 0 },
        { ...mapping, start: 0x9_2000, end: 0x9_5000, permissions: 'rw-p', offset: 0x8_2000 },
      ]),
    fs: {
      readFile: (path: string) => found(FILES, path),
      readlink: (path: string) => found(LINKS, path),
      readdir: (path: string) =>
        Promise.resolve(
          Object.keys(LINKS)
            .filter((link) => link.startsWith(`${path}/`))
            .map((link) => link.slice(path.length + 1)),
        ),
    },
    devices: { list: () => Promise.resolve([{ name: 'disk0', kind: 'block', slot: 0 }]) },
    inspect: { ...INSPECT, switches },
  };
  return system;
}
