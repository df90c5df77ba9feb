/** One bundled file per thread entry: a worker loads one file in 40 ms, hundreds of small ones in 100 (ARCHITECTURE §2). */
import { createHash } from 'node:crypto';
import { chmodSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { splitBinaryen } from './split-binaryen.ts';

/** Packages in CommonJS form call require() for Node's own modules. */
const REQUIRE = 'const require = process.getBuiltinModule;';

/**
 * Our own imports of Node's modules load them when they are first used: child_process takes 10 ms, crypto as long, and
 * even `fs`, which is there already, 4 ms for the streams in its namespace. One start needs few of them.
 */
const LAZY_BUILTINS: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, importer, kind }) =>
      kind === 'import-statement' && !importer.includes('node_modules')
        ? { path, namespace: 'builtin' }
        : { external: true },
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(createRequire(import.meta.url)(path) as object);
      const contents = `for (const name of ${JSON.stringify(names)})
        Object.defineProperty(exports, name, { get: () => process.getBuiltinModule('${path}')[name] });`;
      return { contents };
    });
  },
};

const PLACE = '%BUNDLE_CHECKSUM%';

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  outdir: 'dist',
  logLevel: 'warning',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  banner: { js: REQUIRE },
  plugins: [LAZY_BUILTINS],
  external: ['react-devtools-core'],
};

/**
 * The checksum of the first file into all of them: snapshots say by it which code made them (src/machine-thread/state-build.ts), and
 * the loader keeps compiled code by it.
 */
function stampChecksum(...files: string[]): void {
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const checksum = createHash('sha256')
    .update(texts[0] ?? '')
    .digest('hex')
    .slice(0, 16);
  files.forEach((file, index) => {
    const text = texts[index] ?? '';
    if (!text.includes(PLACE)) throw new Error(`${file} has no place for the checksum`);
    writeFileSync(file, text.replaceAll(PLACE, checksum));
  });
}

/** Of the threads' bundles. */
const SMALL: BuildOptions = {
  ...COMMON,
  minifySyntax: true,
  // Each thread keeps the text of its bundle, with two bytes per character where one of a comment is not Latin-1.
  minifyWhitespace: true,
  lineLimit: 160,
};

/** The command, the library and its matchers share chunks; the workers are one file each. */
export async function bundle(): Promise<void> {
  for (const file of globSync('dist/*.js')) rmSync(file);
  await build({
    ...COMMON,
    entryPoints: { cli: 'src/cli/main.ts', index: 'src/index.ts', test: 'src/testing/index.ts' },
    external: [...(COMMON.external ?? []), 'vitest'],
    splitting: true,
    chunkNames: 'chunk-[hash]',
    jsx: 'automatic',
  });
  // A component must have the React and the Ink of the program that it is part of.
  await build({
    ...COMMON,
    entryPoints: { ink: 'src/ui/ink/index.ts' },
    jsx: 'automatic',
    external: ['react', 'react/jsx-runtime', 'ink'],
  });
  await build({
    ...SMALL,
    entryPoints: {
      'machine-thread': 'src/machine-thread-loader.ts',
      'hart-thread': 'src/hart-thread.ts',
      'translator-thread': 'src/translator-thread.ts',
    },
    plugins: [LAZY_BUILTINS, splitBinaryen('dist', 'binaryen.wasm')],
  });
  // A script, of which V8's code can be kept: its value is what it exports.
  await build({
    ...SMALL,
    entryPoints: { 'machine-code': 'src/machine-thread.ts' },
    format: 'iife',
    globalName: 'machineThread',
    // As modules are; the directive that esbuild writes comes too late to be one.
    banner: { js: `'use strict'; ${REQUIRE}` },
    footer: { js: 'machineThread' },
  });
  stampChecksum('dist/machine-code.js', 'dist/machine-thread.js');
  chmodSync('dist/cli.js', 0o755);
  // In the checkout itself npm links no command: with this one, `npx hartix` needs no cache of its own.
  rmSync('node_modules/.bin/hartix', { force: true });
  symlinkSync('../../dist/cli.js', 'node_modules/.bin/hartix');
}
