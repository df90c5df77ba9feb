/** The bottom line: name, figures, hint. */
import { Box, Text } from 'ink';
import { fitStatus } from '../model.ts';

export function StatusLine(props: { text: string; hint: string; columns: number }) {
  const room = Math.max(0, props.columns - props.hint.length - 2);
  const line = `${fitStatus(props.text, room)} ${props.hint} `.slice(0, props.columns);
  return (
    <Box height={1}>
      <Text inverse wrap="truncate">
        {line}
      </Text>
    </Box>
  );
}
