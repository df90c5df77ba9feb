/** Builds what a checkout needs to run, step by step; a step whose inputs did not change is skipped. `build.ts [STEP…]` */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { bundle } from './bundle.ts';
import { writeChecksums } from './checksums.ts';
import { writeDeclarations } from './declarations.ts';
import { writeReference } from './reference/reference.ts';
import { trimImage } from './trim-image.ts';

interface Step {
  readonly name: string;
  /** Glob patterns of everything that the outputs depend on. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  run(): void | Promise<void>;
}

function script(file: string, ...args: string[]): void {
  const result = spawnSync(process.execPath, ['--import', 'tsx', file, ...args], {
    stdio: 'inherit',
  });
  if (result.status !== 0) throw new Error(`${file} failed`);
}

const CPU_SOURCES = [
  'src/isa/{*,vector/*}.ts',
  'src/jit/*.ts',
  'src/machine/{*layout*,fused-pairs,record-operands}.ts',
  'src/lib/*.ts',
];
const KERNEL_SOURCES = ['src/fs/**/*.ts', 'src/abi/*.ts', 'src/lib/*.ts'];

/** What a machine is made from; `hartix doctor` compares them with what was built. */
const SHIPPED_PARTS: readonly string[] = [
  'dist/rootfs.img',
  'dist/interpreter.wasm',
  'dist/vector.wasm',
  'dist/binaryen.wasm',
  'dist/machine-thread.cjs',
  'dist/machine-code.js',
  'dist/hart-thread.js',
  'dist/translator-thread.js',
  'dist/prompt.snapshot',
];

/** THE steps, in order: each may use the outputs of those before. */
const STEPS: readonly Step[] = [
  {
    name: 'interpreter',
    inputs: ['tools/gen-interpreter.ts', ...CPU_SOURCES],
    outputs: ['dist/interpreter.wasm'],
    run: () => {
      script('tools/gen-interpreter.ts');
      copyFileSync('build/interpreter.wasm', 'dist/interpreter.wasm');
    },
  },
  {
    name: 'vector',
    inputs: ['tools/gen-vector.ts', ...CPU_SOURCES],
    outputs: ['dist/vector.wasm'],
    run: () => {
      script('tools/gen-vector.ts');
      copyFileSync('build/vector.wasm', 'dist/vector.wasm');
    },
  },
  {
    name: 'userland',
    inputs: ['tools/userland{.ts,/*.ts}', 'userland/**/*.{c,h}'],
    outputs: ['build/userland/hartix-tools', 'build/userland/hartix-privileged'],
    run: () => script('tools/userland.ts'),
  },
  {
    name: 'image',
    inputs: [
      'tools/{mkrootfs,trim-image}*.ts',
      'tools/userland/{manual,roff,usage}.ts',
      'userland/manual/**/*.txt',
      'src/kernel/syscalls/TABLE.md',
      'rootfs/**/*',
      'build/userland/hartix-{tools,privileged}*',
      ...KERNEL_SOURCES,
    ],
    outputs: ['dist/rootfs.img'],
    run: () => {
      script('tools/mkrootfs.ts', 'dist/rootfs.img');
      trimImage('dist/rootfs.img');
    },
  },
  {
    name: 'bundle',
    inputs: [
      'tools/bundle.ts',
      'tools/split-binaryen.ts',
      'tools/lazy-emoji.ts',
      'tools/yoga-from-text.ts',
      'src/**/*.{ts,tsx}',
      'package-lock.json',
    ],
    outputs: [
      'dist/cli.js',
      'dist/index.js',
      'dist/test.js',
      'dist/ink.js',
      'dist/machine-thread.cjs',
      'dist/machine-code.js',
      'dist/hart-thread.js',
      'dist/translator-thread.js',
      'dist/binaryen.wasm',
    ],
    run: bundle,
  },
  {
    name: 'snapshot',
    inputs: [
      'tools/prompt-snapshot.ts',
      'src/api/prompt-snapshot.ts',
      'dist/rootfs.img',
      'dist/{interpreter,vector}.wasm',
      'dist/*.js',
    ],
    outputs: ['dist/prompt.snapshot'],
    run: () => script('tools/prompt-snapshot.ts', 'dist/prompt.snapshot'),
  },
  {
    name: 'checksums',
    inputs: ['tools/checksums.ts', ...SHIPPED_PARTS],
    outputs: ['dist/checksums.json'],
    run: () => writeChecksums(SHIPPED_PARTS, 'dist/checksums.json'),
  },
  {
    name: 'bench',
    inputs: ['tools/bench-workloads.ts', 'test/bench/workloads/*.{c,h}'],
    outputs: ['dist/bench/workloads.riscv64', 'dist/bench/main.c'],
    run: () => script('tools/bench-workloads.ts', 'dist/bench'),
  },
  {
    name: 'syscalls',
    inputs: ['tools/syscall-table.ts', 'src/abi/syscall-names.ts', 'src/kernel/syscalls/*.ts'],
    outputs: ['src/kernel/syscalls/TABLE.md'],
    run: () => script('tools/syscall-table.ts'),
  },
  {
    name: 'types',
    inputs: [
      'tools/declarations.ts',
      'tsconfig*.json',
      'src/{index,protocol}.ts',
      'src/{api,protocol,ui,testing}/**/*.{ts,tsx}',
    ],
    outputs: [
      'dist/types/index.d.ts',
      'dist/types/testing/index.d.ts',
      'dist/types/ui/ink/index.d.ts',
    ],
    run: writeDeclarations,
  },
  {
    name: 'reference',
    inputs: ['tools/reference/*.ts', 'dist/types/**/*.d.ts'],
    outputs: ['docs/reference.md'],
    run: () => writeReference('docs/reference.md'),
  },
];

function fingerprint(step: Step): string {
  const hash = createHash('sha256').update(process.version);
  const files = globSync([...step.inputs]).sort();
  if (files.length === 0) throw new Error(`step ${step.name}: no input files`);
  for (const file of files) {
    if (statSync(file).isDirectory()) continue;
    hash.update(`${file}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

async function runStep(step: Step): Promise<void> {
  const stamp = `build/${step.name}.stamp`;
  const wanted = fingerprint(step);
  const isCurrent = step.outputs.every((file) => existsSync(file)) && existsSync(stamp);
  if (isCurrent && readFileSync(stamp, 'utf8') === wanted) return;
  const start = performance.now();
  await step.run();
  writeFileSync(stamp, wanted);
  process.stdout.write(
    `built ${step.name} in ${((performance.now() - start) / 1000).toFixed(1)} s\n`,
  );
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) throw new Error(`no step ${unknown.join(', ')}`);
mkdirSync('build', { recursive: true });
mkdirSync('dist', { recursive: true });
for (const step of STEPS) {
  if (wanted.length === 0 || wanted.includes(step.name)) await runStep(step);
}
