/** Text to man(7) source: characters that roff would take for its own, and the marks of the manual's sources. */

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** As it is written, in the current font. */
export function plain(text: string): string {
  return text.replaceAll(/[\\\-'`^~]/g, (character) => ESCAPES[character] ?? character);
}

/** A line of prose: `code` in bold, *argument* in italics, name(1) with a bold name. */
export function prose(text: string): string {
  const parts = text.split(/(`[^`]+`|\*[A-Za-z_][\w.]*\*|\b[\w.+-]+\([1-8]\))/);
  const line = parts
    .map((part, index) => {
      if (index % 2 === 0) return plain(part);
      if (part.startsWith('`')) return `\\fB${plain(part.slice(1, -1))}\\fR`;
      if (part.startsWith('*')) return `\\fI${plain(part.slice(1, -1))}\\fR`;
      const open = part.indexOf('(');
      return `\\fB${plain(part.slice(0, open))}\\fR${part.slice(open)}`;
    })
    .join('');
  return guard(line);
}

/** Lines that are shown as they are. */
export function literal(lines: readonly string[]): string[] {
  return ['.nf', ...lines.map((line) => guard(plain(line))), '.fi'];
}

/** A line of text that begins with a stop is no macro. */
function guard(line: string): string {
  return line.startsWith('.') ? `\\&${line}` : line;
}
