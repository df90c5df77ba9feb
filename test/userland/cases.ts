/** Reads userland/test/*.test: cases of a shell snippet and what it prints. The format is in userland/test/README.md. */

export interface Case {
  readonly name: string;
  readonly script: string;
  /** Undefined: what the host's dash and tools give. */
  readonly expected: { readonly stdout: string; readonly status: number } | undefined;
}

/** Errors: a line that belongs to no case. */
export function parseCases(file: string, text: string): Case[] {
  return text
    .split(/^@ /m)
    .slice(1)
    .map((block) => parseCase(block))
    .map((one) => ({ ...one, name: `${file}: ${one.name}` }));
}

function parseCase(block: string): Case {
  const [name = '', ...lines] = block.split('\n');
  const output: string[] = [];
  const script: string[] = [];
  let status = 0;
  let hasExpectation = false;
  for (const line of lines) {
    if (line.startsWith('=>')) output.push(line.slice(line[2] === ' ' ? 3 : 2));
    else if (line.startsWith('=?')) status = Number(line.slice(2));
    else if (!line.startsWith('#=')) script.push(line);
    hasExpectation ||= /^=[>?]/.test(line);
  }
  return {
    name,
    script: `${script.join('\n').trimEnd()}\n`,
    expected: hasExpectation
      ? { stdout: output.map((line) => `${line}\n`).join(''), status }
      : undefined,
  };
}
