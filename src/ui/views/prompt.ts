/** A line that is typed in a view. */
const MAX_LENGTH = 200;

export class Prompt {
  private readonly label: string;
  private readonly take: (text: string) => void;
  private text: string;
  /** What is there before the first key is a proposal: a character replaces it, DEL shortens it. */
  private isProposal = true;

  /** `take` gets the text at RETURN. */
  constructor(label: string, text: string, take: (text: string) => void) {
    this.label = label;
    this.text = text;
    this.take = take;
  }

  get line(): string {
    return `${this.label}: ${this.text}_`;
  }

  /** Returns whether it is over. */
  key(key: string): boolean {
    const isProposal = this.isProposal;
    this.isProposal = false;
    switch (key) {
      case '\r':
      case '\n':
        this.take(this.text);
        return true;
      case '\x1b':
      case '\x03':
        return true;
      case '\x7f':
      case '\b':
        this.text = [...this.text].slice(0, -1).join('');
        return false;
      case '\x15':
        this.text = '';
        return false;
      default:
        if (key.length > 2 || key < ' ') return false;
        if (isProposal) this.text = '';
        if (this.text.length < MAX_LENGTH) this.text += key;
        return false;
    }
  }
}
