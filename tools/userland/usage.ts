/** The text behind `Usage:` of a command's opening comment, as the SYNOPSIS, DESCRIPTION and OPTIONS of its page. */
import { literal, plain, prose } from './roff.ts';

export interface UsageParts {
  readonly synopsis: readonly string[];
  readonly description: readonly string[];
  readonly options: readonly string[];
}

/** An option with what it does; several stand side by side in short usages. */
interface Item {
  readonly tag: string;
  text: string;
}

const SYNOPSIS = /^(Usage:| {2,}or:| {7,}(?=\S))\s*/;
const OPTION = /^ {2,}([-+]|\[?--)\S*/;
/** A line of a list whose tag is no option: "  a, x   all on terminals". */
const OTHER_ITEM = /^ {2}\S.*? {2,}\S/;

/** `usage` as the build keeps it: from "Usage:" on, without the comment's stars. */
export function usageParts(usage: string): UsageParts {
  const lines = usage.split('\n').filter((line) => line !== '');
  const end = lines.findIndex((line) => !SYNOPSIS.test(line));
  const head = lines.slice(0, end < 0 ? lines.length : end);
  const synopsis = head.map((line) => line.replace(SYNOPSIS, ''));
  const description: string[] = [];
  const options: string[] = [];
  const body = end < 0 ? [] : lines.slice(end);
  for (let at = 0; at < body.length; ) {
    const start = at;
    const isOption = OPTION.test(body[at] ?? '');
    const isLiteral = !isOption && (body[at] ?? '').startsWith('  ');
    at++;
    while (at < body.length && belongs(body[at] ?? '', isOption, isLiteral)) at++;
    const block = body.slice(start, at);
    if (isOption) options.push(...list(block));
    else (options.length > 0 ? options : description).push(...paragraph(block, isLiteral));
  }
  return { synopsis: synopsis.flatMap(synopsisLine), description, options };
}

function belongs(line: string, isOption: boolean, isLiteral: boolean): boolean {
  const isIndented = line.startsWith('  ');
  if (isOption) return isIndented;
  return isLiteral ? isIndented && !OPTION.test(line) : !isIndented;
}

/** The name in bold; what stands for something else is in capitals already. */
function synopsisLine(line: string): string[] {
  const space = line.indexOf(' ');
  const name = space < 0 ? line : line.slice(0, space);
  return [`\\fB${plain(name)}\\fR${space < 0 ? '' : plain(line.slice(space))}`, '.br'];
}

function paragraph(lines: readonly string[], isLiteral: boolean): string[] {
  return isLiteral
    ? ['.PP', ...literal(lines.map((line) => line.slice(2)))]
    : ['.PP', ...lines.map(prose)];
}

function list(lines: readonly string[]): string[] {
  const items: Item[] = [];
  for (const line of lines) {
    const found = OPTION.test(line) || OTHER_ITEM.test(line) ? itemsOf(line) : [];
    const last = items.at(-1);
    if (found.length > 0) items.push(...found);
    else if (last) last.text += ` ${line.trim()}`;
  }
  return items.flatMap(({ tag, text }) => [
    '.TP',
    `\\fB${plain(tag)}\\fR`,
    text === '' ? '\\&' : prose(text),
  ]);
}

/** "  -a  this     -b, --bytes  that": the columns are at least two blanks apart. */
function itemsOf(line: string): Item[] {
  const columns = line.trim().split(/ {2,}(?=-)/);
  return columns.flatMap((column) => {
    const parts = column.split(/ {2,}/);
    const [tag = '', ...rest] = parts;
    if (rest.length > 0) return [{ tag, text: rest.join(' ') }];
    // One blank only: the option is as wide as its column.
    const match = /^((?:-\S+,? ?)+(?:[A-Z][\w=[\]]*,? ?)?)(.*)$/.exec(column);
    return [{ tag: (match?.[1] ?? column).trim(), text: match?.[2] ?? '' }];
  });
}
