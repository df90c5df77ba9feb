/** What build of the kernel a snapshot is of. */
import { crc32 } from 'node:zlib';
import { stateTexts } from '../kernel/arch/saved-state.ts';

/** tools/bundle.ts puts the checksum of the bundle here; as it stands, this is no bundle. */
const BUNDLE = '%BUNDLE_CHECKSUM%';

let build = BUNDLE.startsWith('%') ? undefined : BUNDLE;

/**
 * Objects that another version of the saved classes made may lack fields, or mean something else by them: a name of the version alone
 * would not tell, while one is worked on. So it is of all of the code, or of what the classes are, down to their methods.
 */
export function stateBuild(): string {
  if (build === undefined) {
    const text = stateTexts().join('\n');
    build = `${text.length}.${crc32(text)}`;
  }
  return build;
}
