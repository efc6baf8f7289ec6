/**
 * Terminals obey control characters, some change the order of what stands around them, and some are no characters: whoever wrote a
 * text is not to use them. Readers of YAML 1.1 take some for the end of a line and refuse others.
 */
const CONTROLS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\p{Cs}/gu;

/** Text that somebody else wrote, for a terminal or a log: what it would do there is shown instead (`\x1b`); lines and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(CONTROLS, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
