/** Holds the table of layers (src/README.md): who may import whom. Fails on a breach, and when it saw no files. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

/** A layer is the longest prefix that matches. Value: prefixes that it may import besides its own folder. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'lib/': [],
  'isa/': ['lib/'],
  'abi/': ['lib/'],
  'machine/': ['isa/', 'lib/'],
  'jit/': [
    'isa/',
    'machine/hart-layout.ts',
    'machine/empty-banks.ts',
    'machine/record-layout.ts',
    'machine/decoder-layout.ts',
    'machine/fused-pairs.ts',
    'machine/record-operands.ts',
    'machine/interpreter.ts',
    'machine/engine.ts',
    'lib/',
  ],
  'platform/platform.ts': [],
  'platform/': ['machine/', 'jit/', 'isa/', 'lib/', 'platform/'],
  'fs/': ['abi/', 'lib/'],
  'image/': ['fs/', 'abi/', 'lib/'],
  'kernel/arch/': [
    'fs/',
    'abi/',
    'lib/',
    'kernel/',
    'platform/platform.ts',
    'isa/csr.ts',
    'isa/trap.ts',
    'isa/sv39.ts',
  ],
  'kernel/drivers/': [
    'fs/',
    'abi/',
    'lib/',
    'kernel/',
    'platform/platform.ts',
    'isa/csr.ts',
    'isa/trap.ts',
    'isa/sv39.ts',
  ],
  'kernel/': ['fs/', 'abi/', 'lib/', 'kernel/'],
  'protocol.ts': ['protocol/'],
  'protocol/': [],
  'api/': ['protocol.ts', 'image/'],
  'ui/': ['api/', 'protocol.ts'],
  'cli/disasm.ts': ['isa/', 'cli/'],
  'cli/profile/': ['isa/', 'protocol.ts'],
  'cli/crash/': ['fs/', 'abi/', 'lib/', 'cli/'],
  'cli/jit/': ['isa/', 'api/', 'cli/', 'protocol.ts'],
  'cli/image.ts': ['image/', 'api/', 'cli/', 'lib/'],
  'cli/': ['api/', 'ui/', 'protocol.ts'],
  'testing/': ['api/'],
  'index.ts': ['api/', 'protocol.ts'],
  'machine-thread': [''],
  'hart-thread': [''],
  'translator-thread': [''],
};

/** Layers that may use Node's modules; everything else also runs in a browser's worker. */
const NODE_LAYERS = [
  'machine/host/',
  'image/',
  'api/',
  'cli/',
  'ui/',
  'testing/',
  'machine-thread',
  'hart-thread',
  'translator-thread',
];
/** Tests are free in what they use of Node, and of the layers below. */
const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);

function layerOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((prefix) => file.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0];
}

function breaches(file: string): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file}: belongs to no layer`];
  const allowed = [layer, ...(MAY_IMPORT[layer] ?? [])];
  const source = readFileSync(`src/${file}`, 'utf8');
  const found: string[] = [];
  for (const [, specifier = ''] of source.matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
    if (specifier.startsWith('node:') && !NODE_LAYERS.some((prefix) => file.startsWith(prefix))) {
      found.push(`${file}: uses ${specifier}; Node's modules belong to ${NODE_LAYERS.join(', ')}`);
    }
    if (!specifier.startsWith('.')) continue;
    const target = relative('src', resolve('src', dirname(file), specifier));
    if (!allowed.some((prefix) => target.startsWith(prefix)))
      found.push(`${file}: must not import ${target}`);
  }
  return found;
}

const files = globSync('**/*.{ts,tsx}', { cwd: 'src' }).filter(
  (file) => !file.endsWith('.d.ts') && !isTest(file),
);
const all = files.flatMap(breaches);
for (const line of all) process.stderr.write(`${line}\n`);
if (files.length === 0) process.stderr.write('layering: saw no files\n');
process.stdout.write(`layering: ${files.length} files, ${all.length} breaches\n`);
process.exitCode = files.length > 0 && all.length === 0 ? 0 : 1;
