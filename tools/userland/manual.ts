/**
 * The manual: man(7) pages made from userland/manual/<section>/*.txt, the opening comments of the commands and the table of
 * system calls. The form of the sources is told in userland/manual/README.md.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Applet } from './applets.ts';
import { literal, plain, prose } from './roff.ts';
import { usageParts } from './usage.ts';

const SOURCES = fileURLToPath(new URL('../../userland/manual', import.meta.url));
const SYSCALLS = fileURLToPath(new URL('../../src/kernel/syscalls/TABLE.md', import.meta.url));
/** The first is the section of commands that no source names. */
const SECTIONS = ['1', '8', '2', '3', '5', '7'] as const;

export interface ManualPage {
  readonly section: string;
  readonly names: readonly string[];
  /** man(7). */
  readonly source: string;
}

/** A page as a source has it. */
export interface Source {
  readonly section: string;
  readonly names: readonly string[];
  readonly summary: string;
  readonly synopsis: string[];
  /** What is returned on success (sections 2 and 3). */
  readonly returns: string[];
  readonly errors: string[];
  readonly see: string[];
  readonly body: string[];
}

/** A row of the table of system calls. */
interface Support {
  readonly number: number;
  readonly support: string;
  readonly note: string;
}

const TITLE = /^= ([^:]+): (.+)$/;

/** Errors: a line that no page begins. */
function readSource(section: string, file: string, text: string): Source[] {
  const pages: Source[] = [];
  for (const line of text.split('\n')) {
    const title = TITLE.exec(line);
    const page = pages.at(-1);
    if (title) {
      const names = (title[1] ?? '').split(', ');
      const lists = { synopsis: [], returns: [], errors: [], see: [], body: [] };
      pages.push({ section, names, summary: title[2] ?? '', ...lists });
    } else if (page) addLine(page, line);
    else if (line.trim() !== '') throw new Error(`${file}: no page begins before: ${line}`);
  }
  return pages;
}

function addLine(page: Source, line: string): void {
  const text = line.slice(2);
  if (line.startsWith('+ ')) page.synopsis.push(text);
  else if (line.startsWith('~ ')) page.returns.push(text);
  else if (line.startsWith('! ')) page.errors.push(text);
  else if (line.startsWith('> ')) page.see.push(text);
  else page.body.push(line);
}

/** All pages, in the order of sections and files. */
export function manualSources(): Source[] {
  return SECTIONS.flatMap((section) => {
    const folder = path.join(SOURCES, section);
    const files = fs.readdirSync(folder).filter((name) => name.endsWith('.txt'));
    return files.sort().flatMap((name) => {
      const file = path.join(folder, name);
      return readSource(section, file, fs.readFileSync(file, 'utf8'));
    });
  });
}

/** Rows of TABLE.md by name. */
export function readSupport(): ReadonlyMap<string, Support> {
  const rows = fs.readFileSync(SYSCALLS, 'utf8').matchAll(/^ *(\d+) (\w+) +(\w+) *(.*)$/gm);
  return new Map(
    [...rows].map(([, number, name, support, note]) => [
      name ?? '',
      { number: Number(number), support: support ?? '', note: note ?? '' },
    ]),
  );
}

/** All pages, sorted by section and name. Errors: a source of a command that there is not. */
export function manualPages(applets: readonly Applet[]): ManualPage[] {
  const sources = manualSources();
  const support = readSupport();
  const commands = commandPages(applets, sources);
  const others = sources
    .filter(({ section }) => section !== '1' && section !== '8')
    .map((source) => otherPage(source, support));
  return [...commands, ...others].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function key({ section, names }: ManualPage): string {
  return `${section} ${names[0] ?? ''}`;
}

function commandPages(applets: readonly Applet[], sources: readonly Source[]): ManualPage[] {
  const byMain = Map.groupBy(applets, ({ main }) => main);
  const ofCommands = new Map(
    sources
      .filter(({ section }) => section === '1' || section === '8')
      .flatMap((source) => source.names.map((name): [string, Source] => [name, source])),
  );
  const pages = [...byMain.values()].map((group) => {
    const names = group.map(({ name }) => name);
    const source = names.map((name) => ofCommands.get(name)).find((found) => found !== undefined);
    for (const name of source?.names ?? names) ofCommands.delete(name);
    return commandPage(group, source);
  });
  const builtins = new Set(
    [...ofCommands.values()].filter(({ synopsis, section }) => {
      if (synopsis.length === 0) throw new Error(`no command for the page of section ${section}`);
      return true;
    }),
  );
  return [...pages, ...[...builtins].map((source) => otherPage(source, new Map()))];
}

function commandPage(group: readonly Applet[], source: Source | undefined): ManualPage {
  const names = group.map(({ name }) => name);
  const { synopsis, description, options } = usageParts(group[0]?.usage ?? '');
  const section = source?.section ?? SECTIONS[0];
  const own = split(source?.body ?? []);
  const text = [...body(own.description), ...description];
  const lines = [
    ...heading(names, section),
    ...name(names, source?.summary ?? group[0]?.summary ?? ''),
    '.SH SYNOPSIS',
    ...(source && source.synopsis.length > 0 ? codeLines(source.synopsis) : synopsis),
    ...(text.length > 0 ? ['.SH DESCRIPTION', ...text] : []),
    ...(options.length > 0 ? ['.SH OPTIONS', ...options] : []),
    ...body(own.rest),
    ...seeAlso(source),
  ];
  return { section, names, source: `${lines.join('\n')}\n` };
}

function otherPage(source: Source, support: ReadonlyMap<string, Support>): ManualPage {
  const { section, names } = source;
  const own = split(source.body);
  const lines = [
    ...heading(names, section),
    ...name(names, source.summary),
    ...(source.synopsis.length > 0 ? ['.SH SYNOPSIS', ...codeLines(source.synopsis)] : []),
    '.SH DESCRIPTION',
    ...body(own.description),
    ...returnValue(source),
    ...errors(source),
    ...(section === '2' ? notes(names, support) : []),
    ...body(own.rest),
    ...seeAlso(source),
  ];
  return { section, names, source: `${lines.join('\n')}\n` };
}

function heading(names: readonly string[], section: string): string[] {
  const title = plain((names[0] ?? '').toUpperCase());
  return [`.TH "${title}" ${section} "" Hartix "Hartix Manual"`];
}

function name(names: readonly string[], summary: string): string[] {
  return ['.SH NAME', `${plain(names.join(', '))} \\- ${plain(summary)}`];
}

function codeLines(lines: readonly string[]): string[] {
  return ['.nf', ...lines.map((line) => `\\fB${plain(line)}\\fR`), '.fi'];
}

/** What stands before the first heading belongs to DESCRIPTION. */
function split(lines: readonly string[]): { description: string[]; rest: string[] } {
  const first = lines.findIndex((line) => line.startsWith('# '));
  const end = first < 0 ? lines.length : first;
  return { description: lines.slice(0, end), rest: lines.slice(end) };
}

/** Paragraphs, headings, items and literal lines of a source. */
function body(lines: readonly string[]): string[] {
  const output: string[] = [];
  let state: 'none' | 'text' | 'literal' = 'none';
  for (const line of lines) {
    const item = /^- (.+?):(?: (.*))?$/.exec(line);
    const isLiteral = line.startsWith('  ');
    if (state === 'literal' && !isLiteral) output.push('.fi');
    if (line === '') state = 'none';
    else if (line.startsWith('# ')) output.push(`.SH ${plain(line.slice(2).toUpperCase())}`);
    else if (item) output.push('.TP', `\\fB${plain(item[1] ?? '')}\\fR`, prose(item[2] ?? '\\&'));
    else if (isLiteral) {
      if (state !== 'literal') output.push('.PP', '.nf');
      output.push(...literal([line]).slice(1, -1));
    } else {
      if (state !== 'text' && !output.at(-1)?.startsWith('.SH')) output.push('.PP');
      output.push(prose(line));
    }
    if (line !== '') state = isLiteral ? 'literal' : line.startsWith('# ') ? 'none' : 'text';
  }
  return state === 'literal' ? [...output, '.fi'] : output;
}

function returnValue({ section, returns }: Source): string[] {
  const lines = section === '2' && returns.length === 0 ? ['0.'] : returns;
  if (lines.length === 0) return [];
  const failure = section === '2' ? ['On error \\-1, and \\fIerrno\\fR is set.'] : [];
  return ['.SH RETURN VALUE', ...lines.map(prose), ...failure];
}

function errors({ errors: list }: Source): string[] {
  if (list.length === 0) return [];
  const items = list.flatMap((line) => {
    const space = line.indexOf(' ');
    return ['.TP', `\\fB${line.slice(0, space)}\\fR`, prose(line.slice(space + 1))];
  });
  return ['.SH ERRORS', ...items];
}

/** The numbers, and what the table says is missing. */
function notes(names: readonly string[], support: ReadonlyMap<string, Support>): string[] {
  const rows = names.flatMap((one) => {
    const row = support.get(one);
    return row ? [{ one, ...row }] : [];
  });
  if (rows.length === 0) return [];
  const numbers = rows.map(({ one, number }) => `\\fB${plain(one)}\\fR ${number}`).join(', ');
  const missing = rows
    .filter((row) => row.support === 'partial')
    .flatMap(({ one, note }) => ['.PP', `Missing of \\fB${plain(one)}\\fR: ${plain(note)}.`]);
  return ['.SH NOTES', `Number on riscv64: ${numbers}.`, ...missing];
}

function seeAlso(source: Source | undefined): string[] {
  if (!source || source.see.length === 0) return [];
  return ['.SH SEE ALSO', ...source.see.map(prose)];
}

/** The archives of the sections (ar(5)), by name: `man1.a`. A page's further names refer to it. */
export function manualArchives(pages: readonly ManualPage[]): ReadonlyMap<string, Buffer> {
  const sections = Map.groupBy(pages, ({ section }) => section);
  return new Map([...sections].map(([section, own]) => [`man${section}.a`, archive(own)]));
}

function archive(pages: readonly ManualPage[]): Buffer {
  const members = pages.flatMap(({ section, names, source }) => {
    const [first = '', ...others] = names;
    const reference = `.so man${section}/${first}.${section}\n`;
    return [
      { file: `${first}.${section}`, text: source },
      ...others.map((other) => ({ file: `${other}.${section}`, text: reference })),
    ];
  });
  const long = members.filter(({ file }) => file.length > 15).map(({ file }) => `${file}/\n`);
  const table = long.join('');
  const parts = table === '' ? [] : [member('//', Buffer.from(table))];
  for (const { file, text } of members) {
    const field = file.length > 15 ? `/${table.indexOf(`${file}/\n`)}` : `${file}/`;
    parts.push(member(field, Buffer.from(text)));
  }
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

function member(field: string, content: Buffer): Buffer {
  const header = [
    field.padEnd(16),
    '0'.padEnd(12),
    '0'.padEnd(6),
    '0'.padEnd(6),
    '100644'.padEnd(8),
    String(content.length).padEnd(10),
    '`\n',
  ];
  const padding = Buffer.from(content.length % 2 === 1 ? '\n' : '');
  return Buffer.concat([Buffer.from(header.join('')), content, padding]);
}
