/** string-width compiles a pattern of all emoji when it is loaded: 15 ms of ICU's, for characters that a screen has seldom. */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const EAGER = String.raw`const rgiEmojiRegex = /^\p{RGI_Emoji}$/v;`;
const LAZY = String.raw`let emoji; const rgiEmojiRegex = { test: (text) => (emoji ??= /^\p{RGI_Emoji}$/v).test(text) };`;

export const LAZY_EMOJI: Plugin = {
  name: 'lazy-emoji',
  setup({ onLoad }) {
    onLoad({ filter: /\/string-width\/index\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes(EAGER)) throw new Error(`${path} has another pattern of emoji`);
      return { contents: source.replace(EAGER, () => LAZY), loader: 'js' };
    });
  },
};
