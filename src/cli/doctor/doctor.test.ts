/** What the doctor says of hosts that lack something. Each advice is one that helps with exactly that. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { examine } from './doctor.ts';
import { type Host, thisHost } from './host.ts';

const IMAGE = Buffer.from('image');
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');
const PARTS: Readonly<Record<string, Uint8Array>> = {
  'rootfs.img': IMAGE,
  'checksums.json': Buffer.from(JSON.stringify({ 'rootfs.img': SHA256 })),
};

const SOUND: Host = {
  nodeVersion: '24.0.1',
  platform: 'linux',
  env: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
  processors: 2,
  memory: { total: 2 ** 33, free: 2 ** 32 },
  terminal: { rows: 24, columns: 80 },
  cacheFolder: '/cache',
  temporaryFolder: '/tmp',
  freeSpace: () => 2 ** 30,
  isWritable: () => true,
  validates: (module) => WebAssembly.validate(new Uint8Array(module)),
  sharesMemory: () => true,
  commandPath: (name) => `/usr/bin/${name}`,
  hasZig: () => true,
  readPart: (name) => PARTS[name],
  tryBoot: () => Promise.resolve(250),
};

async function examined(changes: Partial<Host>): Promise<{ status: number; lines: string[] }> {
  let text = '';
  const status = await examine({ ...SOUND, ...changes }, (more) => {
    text += more;
  });
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('ok '));
  return { status, lines: lines.map((line) => line.replaceAll(/ +/g, ' ').trim()) };
}

test('nothing is said of a sound host', async () => {
  expect(await examined({})).toEqual({ status: 0, lines: [] });
});

test.each<[string, Partial<Host>, RegExp, RegExp]>([
  ['Node', { nodeVersion: '22.11.0' }, /^fail node 22\.11\.0 is too old$/, /npm install node$/],
  ['platform', { platform: 'win32' }, /^fail platform win32/, /wsl --install/],
  ['engine', { validates: () => false }, /^fail webassembly .*tail calls, atomics, SIMD/, /Node/],
  ['sharing', { sharesMemory: () => false }, /^fail shared memory/, /NODE_OPTIONS/],
  ['part', { readPart: () => undefined }, /^fail package checksums\.json/, /npm run build/],
  [
    'image',
    { readPart: (name) => (name === 'rootfs.img' ? Buffer.from('imagf') : PARTS[name]) },
    /^fail package rootfs\.img is altered$/,
    /install the package again/,
  ],
  [
    'boot',
    { tryBoot: () => Promise.reject(new Error('no such luck')) },
    /^fail boot .*no such luck$/,
    /report/,
  ],
])('a host whose %s is of no use', async (_name, changes, finding, advice) => {
  const { status, lines } = await examined(changes);
  expect(status).toBe(1);
  expect(lines).toEqual([expect.stringMatching(finding), expect.stringMatching(advice)]);
});

test('an engine without WebAssembly is examined too', () => {
  const module = Buffer.from('0061736d01000000', 'hex');
  const { WebAssembly: known } = globalThis;
  expect(thisHost().validates(module)).toBe(true);
  try {
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    expect(thisHost().validates(module)).toBe(false);
    expect(thisHost().sharesMemory(1)).toBe(false);
  } finally {
    Object.assign(globalThis, { WebAssembly: known });
  }
});

test.each<[string, Partial<Host>, RegExp, RegExp]>([
  ['memory', { memory: { total: 2 ** 29, free: 2 ** 28 } }, /256 MiB free of 512/, /--memory 64M/],
  [
    'address space',
    { sharesMemory: (pages) => pages < 4096 },
    /^warn shared memory 256 MiB/,
    /--memory 64M/,
  ],
  ['processors', { processors: 1 }, /^warn processors 1/, /twice as fast/],
  ['cache', { cacheFolder: undefined }, /^warn cache no folder/, /XDG_CACHE_HOME/],
  ['cache room', { freeSpace: (f) => (f === '/cache' ? 0 : 2 ** 30) }, /0 MiB free/, /room/],
  ['tmp', { isWritable: (f) => f !== '/tmp' }, /\/tmp cannot be written/, /TMPDIR/],
  ['terminal', { env: { TERM: 'dumb', LANG: 'C.UTF-8' } }, /^warn terminal/, /TERM/],
  ['locale', { env: { TERM: 'xterm', LC_ALL: 'C', LANG: 'C.UTF-8' } }, /'C' is no UTF-8/, /LANG/],
  ['window', { terminal: { rows: 10, columns: 40 } }, /xterm-256color, 40x10/, /80x24/],
  ['zig', { hasZig: () => false }, /^warn zig not found/, /@zigc\/cli/],
  [
    'gdb',
    { commandPath: (name) => (name === 'gdb-multiarch' ? undefined : `/bin/${name}`) },
    /^warn gdb-multiarch/,
    /apt install gdb-multiarch/,
  ],
])('a host with little %s', async (_name, changes, finding, advice) => {
  const { status, lines } = await examined(changes);
  expect(status).toBe(0);
  expect(lines).toEqual([expect.stringMatching(finding), expect.stringMatching(advice)]);
});
