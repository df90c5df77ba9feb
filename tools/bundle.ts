/** One bundled file per thread entry: a worker loads one file in 40 ms, hundreds of small ones in 100 (ARCHITECTURE §2). */
import { chmodSync, globSync, rmSync, symlinkSync } from 'node:fs';
import { type BuildOptions, build } from 'esbuild';

/** Packages in CommonJS form call require() for Node's own modules. */
const REQUIRE =
  "import { createRequire as hartixRequire } from 'node:module'; const require = hartixRequire(import.meta.url);";

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
  external: ['binaryen', 'react-devtools-core'],
};

/** The command and the library share chunks; the workers are one file each. */
export async function bundle(): Promise<void> {
  for (const file of globSync('dist/*.js')) rmSync(file);
  await build({
    ...COMMON,
    entryPoints: { cli: 'src/cli/main.ts', index: 'src/index.ts' },
    splitting: true,
    chunkNames: 'chunk-[hash]',
    jsx: 'automatic',
  });
  await build({
    ...COMMON,
    entryPoints: {
      'machine-thread': 'src/machine-thread.ts',
      'translator-thread': 'src/translator-thread.ts',
    },
    minifySyntax: true,
  });
  chmodSync('dist/cli.js', 0o755);
  // In the checkout itself npm links no command: with this one, `npx hartix` needs no cache of its own.
  rmSync('node_modules/.bin/hartix', { force: true });
  symlinkSync('../../dist/cli.js', 'node_modules/.bin/hartix');
}
