/** What a deploy did, for the page of its run. */
import { codeBlock, inCode } from "./markdown-parts";
import type { Only } from "./only-settings";

export interface Deployed {
  readonly stack: string;
  readonly only: Only;
  readonly commit?: string;
  /** The output `images` as JSON; nothing if the deploy failed. */
  readonly images?: string;
  /** What keeps it from the stack, and what to do: another run. */
  readonly other?: string;
}

const LEFT =
  "The outputs are as they were: they change only when everything has passed. The log says what failed; the next deploy goes on from there.";

export function deployMarkdown({ stack, only, commit, images, other }: Deployed): string {
  const filters = [...only.architectures, ...only.targets];
  const parts = [
    `### ${images === undefined ? "❌" : "✅"} ${inCode(stack)}: ${images === undefined ? "the deploy failed" : "deployed"}`,
    ...(filters.length > 0 ? [`Only: ${filters.map(inCode).join(", ")}`] : []),
    images === undefined ? (other ?? LEFT) : codeBlock(images),
    ...(commit === undefined ? [] : [`<sub>Commit ${commit}</sub>`]),
  ];
  return `${parts.join("\n\n")}\n`;
}
