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

/** Snapshots say by it which code made them (src/machine-thread/state-build.ts). */
function stampChecksum(file: string): void {
  const text = readFileSync(file, 'utf8');
  const checksum = createHash('sha256').update(text).digest('hex').slice(0, 16);
  if (!text.includes('%BUNDLE_CHECKSUM%')) throw new Error(`${file} has no place for its checksum`);
  writeFileSync(file, text.replaceAll('%BUNDLE_CHECKSUM%', checksum));
}

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
    ...COMMON,
    entryPoints: {
      'machine-thread': 'src/machine-thread.ts',
      'hart-thread': 'src/hart-thread.ts',
      'translator-thread': 'src/translator-thread.ts',
    },
    minifySyntax: true,
    // Each thread keeps the text of its bundle, with two bytes per character where one of a comment is not Latin-1.
    minifyWhitespace: true,
    lineLimit: 160,
    plugins: [LAZY_BUILTINS, splitBinaryen('dist', 'binaryen.wasm')],
  });
  stampChecksum('dist/machine-thread.js');
  chmodSync('dist/cli.js', 0o755);
  // In the checkout itself npm links no command: with this one, `npx hartix` needs no cache of its own.
  rmSync('node_modules/.bin/hartix', { force: true });
  symlinkSync('../../dist/cli.js', 'node_modules/.bin/hartix');
}
