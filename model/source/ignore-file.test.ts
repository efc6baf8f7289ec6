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
  ["a class", "[a-c][^x]*", ["ab", "bzz/x"], ["ax", "dz"]],
  ["quoted characters", "\\*\n\\[a\\]", ["*", "[a]"], ["x", "a"]],
  ["two stars at the end", "a/**", ["a/b", "a/b/c"], ["a", "ab"]],
  ["what only a regular expression means, as builders do", "a+b\nc|d", ["aab", "ab", "c", "d"], ["a+b"]],
  [".git, wherever it is", "", [".git/HEAD", "sub/.git/config", "sub/.git"], [".gitignore", "x.git"]],
  [".git that is wanted", "!.git", ["sub/.git/config"], [".git/HEAD"]],
  ["a sharp behind a space, which is a name", " # a", ["# a"], ["a"]],
  ["a slash behind a space, which fits nothing", " /a\n! /b\nb", ["b"], ["a"]],
  ["an exclamation mark that is cleaned away", "!a/../foo\n./!x\nx", ["foo", "x"], ["a"]],
  ["upper and lower case", "Foo", ["Foo"], ["foo"]],
];

describe("an ignore file", () => {
  it.each(cases)("with %s", (_, text, ignored, seen) => {
    const rules = parseIgnoreRules(text);
    expect([...ignored, ...seen].filter((file) => rules.ignores(file))).toEqual(ignored);
  });

  it.each([
    ["*\n!\n!x", 'line 2: !: "!" names no file'],
    ["!/a/..", 'line 1: !/a/..: "!" names no file'],
    ["\uFEFFa", "line 1: a: begins with a byte order mark"],
    ["\n[ab", "line 2: [ab: a [ has no ] behind it"],
    ["a[]b", "line 1: a[]b: a [ has no ]"],
    ["a\n[*]b", "line 2: [*]b: a * in [...] is more than a * for builders; write \\*"],
    ["[a?]", "line 1: [a?]: a ? in [...]"],
    ["[b-a]", "line 1: [b-a]: the range b-a runs backwards"],
    ["a\\", "line 1: a\\: a \\ at its end quotes nothing"],
    ["x\\d", "line 1: x\\d: \\d is not just a d for builders; leave out the \\"],
    ["x\\ä", "line 1: x\\ä: \\ä is not just a ä for builders"],
    ["x[\\d]", "line 1: x[\\d]: \\d is not just a d for builders"],
    ["libstdc++", "line 1: libstdc++: builders read it as a regular expression, and it is none"],
  ])("%j is refused by its line", (text, problem) => {
    expect(() => parseIgnoreRules(text, "x.dockerignore")).toThrow(`x.dockerignore: ${problem}`);
  });

  it("leaves out an ignored folder with all that is in it, unless an exception begins with its name", () => {
    const prunes = (text: string) => parseIgnoreRules(text).prunes("a/b");
    expect(prunes("a\n")).toBe(true);
    expect(prunes("a\n!b")).toBe(true);
    expect(prunes("a\n!**/c\n!a/[b]/c\n!*/b/c")).toBe(true);
    expect(prunes("a\n!/a/b/c")).toBe(false);
    expect(prunes("a\n!a/bc")).toBe(false);
    // Only .git is ignored here, and that is our own doing.
    expect(parseIgnoreRules("!**/.git/config").prunes(".git")).toBe(false);
  });
});
