/** Bytes as strace(1) quotes them. */

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\v': '\\v',
  '\f': '\\f',
  '"': '\\"',
  '\\': '\\\\',
};

/** One character a byte. An octal escape is as short as it can be, but before a digit it has three. */
export function quote(text: string): string {
  const escaped = text.replace(/[^ !#-[\]-~]/g, (char, at: number) => {
    const digits = char.charCodeAt(0).toString(8);
    const isBeforeDigit = /[0-9]/.test(text[at + 1] ?? '');
    return ESCAPES[char] ?? `\\${isBeforeDigit ? digits.padStart(3, '0') : digits}`;
  });
  return `"${escaped}"`;
}

/** `bytes` are what is shown of `length`. */
export function quoteBytes(bytes: Uint8Array, length: number): string {
  return quote(String.fromCharCode(...bytes)) + (length > bytes.length ? '...' : '');
}
