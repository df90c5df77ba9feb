/**
 * Adds to package-lock.json the optional packages of other platforms, where the registry that `npm install` ran against did
 * not have them: `npm ci` refuses a lock that lacks one. Their os, cpu and libc follow from their names.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const OS = [
  'android',
  'darwin',
  'win32',
  'linux',
  'openharmony',
  'freebsd',
  'netbsd',
  'openbsd',
  'sunos',
  'aix',
];
const CPU = [
  'arm64',
  'x64',
  'ia32',
  's390x',
  'ppc64',
  'riscv64',
  'loong64',
  'mips64el',
  'arm',
  'wasm32',
];

/** The first of `words` that is a part of the name: `linux-arm64-musl` has linux and arm64. */
function partOf(name: string, words: readonly string[]): string[] {
  const parts = name.split(/[-/]/);
  const found = words.find((word) => parts.includes(word));
  return found === undefined ? [] : [found];
}

function describe(name: string, version: string, isDevelopment: boolean): LockedPackage {
  const os = partOf(name, OS);
  const cpu = partOf(name, CPU);
  const libc = /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : [];
  return {
    version,
    ...(isDevelopment ? { dev: true } : {}),
    optional: true,
    // A package of no known platform must not be fetched either.
    os: os.length > 0 ? os : ['none'],
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  };
}

const file = 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> };
let added = 0;
for (const { dev, optionalDependencies } of Object.values(lock.packages)) {
  for (const [name, range] of Object.entries(optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place]) continue;
    lock.packages[place] = describe(name, range.replace(/^[\^~]/, ''), dev === true);
    added++;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added\n`);
