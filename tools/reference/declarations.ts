/** Declarations of a .d.ts file as the compiler writes them: TypeScript 7 has no API that would tell, and these files are regular. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A declaration or a member: its text without its comment, and that. */
export interface Documented {
  readonly text: string;
  readonly doc: string;
}

export interface Declaration extends Documented {
  readonly name: string;
  readonly kind: 'class' | 'interface' | 'function' | 'const' | 'type';
  /** Of classes and interfaces; private ones are left out. */
  readonly members: readonly Documented[];
}

const START = /^export (?:declare )?(?:abstract )?(class|interface|function|const|type) (\w+)/;

/** Comment text as prose: without stars, in one line each paragraph. */
function prose(comment: string): string {
  return comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Lines of a text with its nested braces, brackets and parentheses, up to the end of the statement that begins at `at`. */
function statementEnd(lines: readonly string[], at: number): number {
  let depth = 0;
  for (let index = at; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const isComment = /^\s*(\/\*\*|\*)/.test(line);
    if (!isComment) {
      for (const character of line.replaceAll(/'[^']*'|=>/g, '')) {
        if ('{[('.includes(character)) depth++;
        else if ('}])'.includes(character)) depth--;
      }
    }
    if (depth === 0 && /[;}]$/.test(line)) return index;
  }
  throw new Error(`a declaration does not end: ${lines[at]}`);
}

/** The statements of some lines, each with the comment in front of it. */
function statements(lines: readonly string[]): Documented[] {
  const found: Documented[] = [];
  let comment: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^\s*\/\*\*/.test(line)) {
      const end = lines.findIndex((other, index) => index >= at && other.trimEnd().endsWith('*/'));
      comment = lines.slice(at, end + 1);
      at = end;
    } else if (line.trim() !== '') {
      const end = statementEnd(lines, at);
      found.push({
        text: lines.slice(at, end + 1).join('\n'),
        doc: prose(comment.join('\n').trim()),
      });
      comment = [];
      at = end;
    }
  }
  return found;
}

/** Of a class or an interface, without their private parts and constructors. */
function membersOf(text: string): Documented[] {
  const lines = text.split('\n').slice(1, -1);
  return statements(lines)
    .filter((member) => !/^\s*(private|constructor|#)/.test(member.text))
    .map(({ text: member, doc }) => ({
      text: member.replaceAll(/^ {4}/gm, '').replace(/;$/, ''),
      doc,
    }));
}

function declarationsOf(file: string): Map<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const { text, doc } of statements(readFileSync(file, 'utf8').split('\n'))) {
    const [, kind, name = ''] = START.exec(text) ?? [];
    if (kind === undefined) continue;
    const members = kind === 'class' || kind === 'interface' ? membersOf(text) : [];
    const before = found.get(name);
    // Overloads are one entry.
    if (before) found.set(name, { ...before, text: `${before.text}\n${text}` });
    else found.set(name, { name, kind: kind as Declaration['kind'], text, doc, members });
  }
  return found;
}

/** Where a file says that others of its names are. */
function* reexports(
  text: string,
): Generator<{ names: readonly string[] | undefined; from: string }> {
  for (const [, list, from = ''] of text.matchAll(
    /^(?:export|import) (?:type )?(?:\{([^}]*)\}|\*) from '(\.[^']+)';/gms,
  )) {
    const names = list?.split(',').map((name) => name.trim().replace(/^type /, ''));
    yield { names: names?.filter((name) => name !== ''), from };
  }
}

/** The declaration of `name` that a file exports, wherever it is. */
function find(name: string, file: string): Declaration | undefined {
  const own = declarationsOf(file).get(name);
  if (own) return own;
  for (const { names, from } of reexports(readFileSync(file, 'utf8'))) {
    if (names && !names.includes(name)) continue;
    const target = resolve(dirname(file), from.replace(/\.js$/, '.d.ts'));
    const declaration = existsSync(target) ? find(name, target) : undefined;
    if (declaration) return declaration;
  }
  return undefined;
}

/** What an entry of the package exports, in its order. Throws for a name that is nowhere declared. */
export function exportsOf(entry: string): Declaration[] {
  const text = readFileSync(entry, 'utf8');
  const own = [...declarationsOf(entry).values()];
  const others = [...reexports(text)].flatMap(({ names = [] }) => names);
  // A name may be imported, too, for what the entry declares itself.
  const exported = [...new Set(others)].filter((name) =>
    new RegExp(`^export .*\\b${name}\\b`, 'm').test(text),
  );
  return [
    ...own,
    ...exported.flatMap((name) => {
      const declaration = find(name, entry);
      // What other packages declare is in their references.
      if (!declaration && /from '[^.]/.test(text)) return [];
      if (!declaration) throw new Error(`${entry}: ${name} is declared nowhere`);
      return [declaration];
    }),
  ];
}
