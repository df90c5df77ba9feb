/** Text of the screen as a file of the host. */
import { writeFileSync } from 'node:fs';

const MOST = 1000;

/** Into a new file of the working directory; returns what to tell the user. */
export function saveText(text: string): string {
  for (let number = 1; number < MOST; number++) {
    const name = `hartix-${number}.txt`;
    try {
      writeFileSync(name, text, { flag: 'wx' });
      return `saved to ${name}`;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') return `not saved: ${message}`;
    }
  }
  return `not saved: there are ${MOST} files hartix-N.txt`;
}
