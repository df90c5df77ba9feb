/** The bottom line: name and figures, or the keys that there are; at its right end a hint. */
import { Box, Text } from 'ink';
import { fitStatus } from '../model.ts';

export function StatusLine(props: {
  text: string;
  hint: string;
  help: string | undefined;
  columns: number;
}) {
  const room = Math.max(0, props.columns - props.hint.length - 2);
  const text =
    props.help === undefined ? fitStatus(props.text, room) : ` ${props.help}`.padEnd(room);
  const line = `${text.slice(0, room)} ${props.hint} `.slice(0, props.columns);
  return (
    <Box height={1}>
      <Text inverse wrap="truncate">
        {line}
      </Text>
    </Box>
  );
}
