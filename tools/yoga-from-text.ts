/**
 * Yoga, which lays out Ink's frames, has its wasm in it as base64, and asks fetch() for it where there is one: Node then loads its whole
 * HTTP client with TLS, 140 ms and 20 MB before the first frame. Without one Yoga decodes the text itself.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

export const YOGA_FROM_TEXT: Plugin = {
  name: 'yoga-from-text',
  setup({ onLoad }) {
    onLoad({ filter: /\/yoga-wasm-base64-esm\.js$/ }, ({ path }) => ({
      contents: `const fetch = undefined;\n${readFileSync(path, 'utf8')}`,
      loader: 'js',
    }));
  },
};
