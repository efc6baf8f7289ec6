import { describe, expect, it } from "vitest";
import { parseIgnoreRules } from "./ignore-file";

/** Expected results follow https://docs.docker.com/build/concepts/context/#dockerignore-files. */
const cases: readonly [string, string, readonly string[], readonly string[]][] = [
  ["nothing", "", [], ["a", "a/b"]],
  ["comments and empty lines", "# a\n\n  \r\nb\r\n", ["b"], ["a", "# a"]],
  ["a name at the top, with what is inside", "foo", ["foo", "foo/a/b"], ["a/foo", "foobar"]],
  ["the same written with slashes", "/foo/", ["foo", "foo/a"], ["a/foo"]],
  ["a cleaned path", "./a/../foo", ["foo"], ["a"]],
  ["a star, not across folders", "*.md", ["x.md"], ["a/x.md"]],
  ["a star for a folder", "*/temp*", ["a/temporary", "b/temp/x"], ["temp", "a/b/temp"]],
  ["two stars", "**/*.go", ["x.go", "a/b/x.go"], ["x.goo"]],
  ["one character", "temp?", ["tempa"], ["temp", "tempab"]],
  ["an exception", "*.md\n!README.md", ["a.md"], ["README.md"]],
  ["the last word", "*.md\n!README*.md\nREADME-secret.md", ["README-secret.md", "x.md"], ["README.md"]],
  ["an exception that comes too early", "!README.md\n*.md", ["README.md"], []],
  ["an exception inside an ignored folder", "a\n!a/b/c", ["a", "a/b", "a/x"], ["a/b/c", "a/b/c/d"]],
  ["upper and lower case", "Foo", ["Foo"], ["foo"]],
];

describe("an ignore file", () => {
  it.each(cases)("with %s", (_, text, ignored, seen) => {
    const rules = parseIgnoreRules(text);
    expect([...ignored, ...seen].filter((file) => rules.ignores(file))).toEqual(ignored);
  });

  it("without exceptions lets whole folders be skipped", () => {
    expect(parseIgnoreRules("a\nb").prunes).toBe(true);
    expect(parseIgnoreRules("a\n!a/b").prunes).toBe(false);
  });
});
