/** What build of the kernel a snapshot is of. */
import { crc32 } from 'node:zlib';
import { stateTexts } from '../kernel/arch/saved-state.ts';

let build: string | undefined;

/**
 * What the saved classes are, down to their methods: objects that another version of them made may lack fields, or mean
 * something else by them. A name of the version alone would not tell, while one is worked on.
 */
export function stateBuild(): string {
  if (build === undefined) {
    const text = stateTexts().join('\n');
    build = `${text.length}.${crc32(text)}`;
  }
  return build;
}
