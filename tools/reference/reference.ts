/** Writes docs/reference.md from the declarations in dist/types: every export of the package, with its docstrings. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Declaration, type Documented, exportsOf } from './declarations.ts';

/** Of package.json, with the declarations of each. */
const ENTRIES: Readonly<Record<string, string>> = {
  hartix: 'dist/types/index.d.ts',
  'hartix/test': 'dist/types/testing/index.d.ts',
  'hartix/ink': 'dist/types/ui/ink/index.d.ts',
};

const ORDER: readonly Declaration['kind'][] = ['function', 'const', 'class', 'interface', 'type'];

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\`\n`;
}

/** `- `signature`: what it is`; a long signature has a block of its own. */
function memberLines({ text, doc }: Documented): string {
  const signature = text.replaceAll(/\s+/g, ' ').trim();
  return `- \`${signature.replaceAll('`', "'")}\`${doc === '' ? '' : `<br>${doc}`}`;
}

function section({ kind, name, text, doc, members }: Declaration): string {
  const parts = [`### ${kind} ${name}\n`];
  if (doc !== '') parts.push(`${doc}\n`);
  if (kind === 'class' || kind === 'interface') {
    const [head = ''] = text.split('\n');
    parts.push(
      code(
        `${head
          .replace(/^export (declare )?/, '')
          .replace(/\{$/, '')
          .trim()}`,
      ),
    );
    if (members.length > 0) parts.push(`${members.map(memberLines).join('\n')}\n`);
  } else parts.push(code(text.replaceAll(/^export (declare )?/gm, '')));
  return parts.join('\n');
}

function chapter(name: string, entry: string): string {
  const declarations = exportsOf(entry);
  if (declarations.length === 0) throw new Error(`${entry} exports nothing`);
  const sorted = ORDER.flatMap((kind) => declarations.filter((one) => one.kind === kind));
  return `## ${name}\n\n${sorted.map(section).join('\n')}`;
}

export function writeReference(outFile: string): void {
  const chapters = Object.entries(ENTRIES).map(([name, entry]) => chapter(name, entry));
  mkdirSync(dirname(outFile), { recursive: true });
  writeFileSync(
    outFile,
    `# Reference\n\nGenerated from the docstrings by \`npm run build\`: do not edit. README.md has examples.\n\n${chapters.join('\n')}`,
  );
}
