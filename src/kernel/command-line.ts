/** The kernel command line: space-separated `name` or `name=value`; double quotes keep spaces together. */

export class CommandLine {
  readonly text: string;
  private readonly words: readonly string[];

  constructor(text: string) {
    this.text = text;
    this.words = [...text.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) =>
      word.replaceAll('"', ''),
    );
  }

  /** Value of the last `name=value`; '' for a bare name; undefined if absent. */
  get(name: string): string | undefined {
    for (const word of [...this.words].reverse()) {
      if (word === name) return '';
      if (word.startsWith(`${name}=`)) return word.slice(name.length + 1);
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}
