/** What a completion script knows of a subcommand. */
import type { Option, OptionTable } from '../arguments.ts';

export interface CompletedCommand {
  /** Empty for `hartix` itself. */
  readonly name: string;
  readonly help: string;
  readonly options: OptionTable;
  /** Words that may come first. */
  readonly actions: readonly string[];
}

/** What an option takes: nothing, one of these words, a file of the host, or a word that nobody can guess. */
export type Completed =
  | { readonly kind: 'none' | 'file' | 'text' }
  | { readonly kind: 'choice'; readonly words: readonly string[] };

/** Of what --help shows as its value: `real|virtual`, `none|hub|FILE`, `HOST:GUEST[:ro]`, `N`. */
export function completedValue({ value }: Option): Completed {
  if (value === undefined || value.startsWith('[')) return { kind: 'none' };
  const words = value.split(/[|,]/).filter((word) => /^[a-z][a-z0-9]*$/.test(word));
  if (/\b(FILE|DIR|HOST|IMG|LOG)\b/.test(value)) return { kind: 'file' };
  return words.length > 0 ? { kind: 'choice', words } : { kind: 'text' };
}

/** Inside single quotes of bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
