/** One bundled file per thread entry: a worker loads one file in 40 ms, hundreds of small ones in 100 (ARCHITECTURE §2). */
import { createHash } from 'node:crypto';
import { chmodSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import {
  type BuildOptions,
  build,
  type Metafile,
  type OnLoadArgs,
  type OnLoadResult,
  type Plugin,
} from 'esbuild';
import { rolldown } from 'rolldown';
import { LAZY_EMOJI } from './lazy-emoji.ts';
import { splitBinaryen } from './split-binaryen.ts';
import { YOGA_FROM_TEXT } from './yoga-from-text.ts';

/** Packages in CommonJS form call require() for Node's own modules. */
const REQUIRE = 'const require = process.getBuiltinModule;';

/** By module of Node: what our sources import from it by name. One of 'node:fs' has 100 names, and each importer copies them at its start. */
function importedNames(): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const file of globSync('src/**/*.{ts,tsx}')) {
    const text = readFileSync(file, 'utf8');
    for (const [, list = '', path = ''] of text.matchAll(
      /import \{([^}]*)\} from '(node:[^']*)'/g,
    )) {
      const known = names.get(path) ?? new Set();
      for (const item of list.split(',')) known.add(item.trim().split(' as ')[0] ?? '');
      names.set(path, known);
    }
  }
  return names;
}

const IMPORTED = importedNames();

/** Whether a source has an import of a module of Node as a whole, under a name of its own. */
function importsWhole(source: string, path: string): boolean {
  const text = readFileSync(source, 'utf8');
  return new RegExp(`^import (\\* as )?\\w+ from '${path}'`, 'm').test(text);
}

/**
 * Our own imports of Node's modules load them when they are first used: child_process takes 10 ms, crypto as long, and
 * even `fs`, which is there already, 4 ms for the streams in its namespace. One start needs few of them.
 */
const LAZY_BUILTINS: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, importer, kind }) => {
      const isOwn = kind === 'import-statement' && !importer.includes('node_modules');
      if (!isOwn) return { external: true };
      return { path, namespace: importsWhole(importer, path) ? 'whole-builtin' : 'builtin' };
    });
    const load = ({ path, namespace }: OnLoadArgs): OnLoadResult => {
      const imported = namespace === 'builtin' ? IMPORTED.get(path) : undefined;
      const all = Object.keys(createRequire(import.meta.url)(path) as object);
      const names = imported ? all.filter((name) => imported.has(name)) : all;
      // Found once: a call of fs.openSync through process.getBuiltinModule takes as long as the host needs for it.
      const contents = `for (const name of ${JSON.stringify(names)})
        Object.defineProperty(exports, name, { configurable: true, get() {
          const value = process.getBuiltinModule('${path}')[name];
          Object.defineProperty(exports, name, { value });
          return value;
        } });`;
      return { contents };
    };
    for (const namespace of ['builtin', 'whole-builtin']) onLoad({ filter: /.*/, namespace }, load);
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
 * The file's checksum into itself: snapshots say by it which code made them (src/machine-thread/state-build.ts), and what V8 compiled of it is kept
 * by it (src/api/machine-code.ts).
 */
function stampChecksum(file: string): void {
  const text = readFileSync(file, 'utf8');
  const checksum = createHash('sha256').update(text).digest('hex').slice(0, 16);
  if (!text.startsWith(`/*${PLACE}*/`)) throw new Error(`${file} does not begin with its checksum`);
  writeFileSync(file, text.replaceAll(PLACE, checksum));
}

/** Of the threads' bundles. */
const SMALL: BuildOptions = {
  ...COMMON,
  minifySyntax: true,
  // Each thread keeps the text of its bundle, with two bytes per character where one of a comment is not Latin-1.
  minifyWhitespace: true,
  lineLimit: 160,
};

/** What the entry of the command loads for `hartix run`, one after the other. */
const RUN_MODULES = ['src/cli/commands.ts', 'src/cli/run.ts'];
/** And for `hartix` at a terminal, until its machine begins; */
const CONSOLE_MODULES = ['src/cli/console.ts'];
/** then until its first frame; without the emulator, which the library has, too. */
const SCREEN_MODULES = ['src/ui/terminal-session.ts', 'src/ui/open-terminal.ts'];
const EMULATOR_MODULES = ['src/api/program-screen.ts'];
const PARTS = 'build/bundle';

/** Output files that are loaded with those of the modules. */
function loadedWith(modules: readonly string[], { outputs }: Metafile): Set<string> {
  const files = new Set<string>();
  const add = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const { kind, path } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && outputs[path]) add(path);
  };
  for (const [file, { entryPoint }] of Object.entries(outputs))
    if (entryPoint !== undefined && modules.includes(entryPoint)) add(file);
  return files;
}

/**
 * The command, the library and its matchers share chunks. esbuild makes one for each set of modules that loads what is in it: 23 for
 * `hartix run`, each of which costs half a millisecond to find, read and link. So those are put into one.
 */
async function bundleShared(): Promise<void> {
  rmSync(PARTS, { recursive: true, force: true });
  const { metafile } = await build({
    ...COMMON,
    entryPoints: { cli: 'src/cli/main.ts', index: 'src/index.ts', test: 'src/testing/index.ts' },
    external: [...(COMMON.external ?? []), 'vitest'],
    plugins: [LAZY_BUILTINS, YOGA_FROM_TEXT, LAZY_EMOJI],
    splitting: true,
    outdir: PARTS,
    chunkNames: 'chunk-[hash]',
    jsx: 'automatic',
    metafile: true,
  });
  // The entry says where V8's code of all the others is kept, so it comes without them.
  const entry = loadedWith(['src/cli/main.ts'], metafile);
  const core = loadedWith(RUN_MODULES, metafile);
  for (const file of entry) core.delete(file);
  const start = loadedWith(CONSOLE_MODULES, metafile);
  for (const file of [...entry, ...core]) start.delete(file);
  const screen = loadedWith(SCREEN_MODULES, metafile);
  for (const file of [...entry, ...core, ...start, ...loadedWith(EMULATOR_MODULES, metafile)])
    screen.delete(file);
  // It awaits the others: if it were in one file with what they import, they would wait for it.
  entry.delete(join(PARTS, 'cli.js'));
  const group = (name: string, files: ReadonlySet<string>) => {
    const paths = new Set([...files].map((file) => resolve(file)));
    return { name, test: (file: string) => paths.has(file) };
  };
  const parts = await rolldown({
    input: Object.fromEntries(
      ['cli', 'index', 'test'].map((name) => [name, join(PARTS, `${name}.js`)]),
    ),
    external: /^[^./]/,
    platform: 'node',
  });
  await parts.write({
    dir: 'dist',
    chunkFileNames: 'chunk-[hash].js',
    codeSplitting: {
      groups: [
        group('entry', entry),
        group('core', core),
        group('console', start),
        group('screen', screen),
      ],
    },
  });
  await parts.close();
}

/** The workers are one file each. */
export async function bundle(): Promise<void> {
  for (const file of globSync('dist/*.{js,cjs}')) rmSync(file);
  await bundleShared();
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
      'hart-thread': 'src/hart-thread.ts',
      'translator-thread': 'src/translator-thread.ts',
    },
    plugins: [LAZY_BUILTINS, splitBinaryen('dist', 'binaryen.wasm')],
  });
  // Node starts a worker 1.5 ms sooner with a file that is no module.
  await build({
    ...SMALL,
    entryPoints: { 'machine-thread': 'src/machine-thread-loader.ts' },
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    banner: {},
  });
  // A script, of which V8's code can be kept: its value is what it exports.
  await build({
    ...SMALL,
    entryPoints: { 'machine-code': 'src/machine-thread.ts' },
    format: 'iife',
    globalName: 'machineThread',
    // As modules are; the directive that esbuild writes comes too late to be one.
    banner: { js: `/*${PLACE}*/'use strict'; ${REQUIRE}` },
    footer: { js: 'machineThread' },
  });
  stampChecksum('dist/machine-code.js');
  chmodSync('dist/cli.js', 0o755);
  // In the checkout itself npm links no command: with this one, `npx hartix` needs no cache of its own.
  rmSync('node_modules/.bin/hartix', { force: true });
  symlinkSync('../../dist/cli.js', 'node_modules/.bin/hartix');
}
