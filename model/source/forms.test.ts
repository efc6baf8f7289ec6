import { describe, expect, it } from "vitest";
import { readContainerfile } from "./containerfile";

const read = (text: string) => () => readContainerfile(text, "x86_64");
const FROM = "FROM quay.io/a:1";

describe("what no podman takes is refused by line", () => {
  it.each([
    [
      "a flag that is misspelt",
      `${FROM}\nCOPY --form=quay.io/b:1 / /`,
      "line 2: COPY --form: podman knows no such flag, only",
    ],
    [
      "a flag of FROM",
      "FROM --plattform=linux/amd64 quay.io/a:1",
      "line 1: FROM --plattform: podman knows no such flag",
    ],
    ["a flag of docker's own", `${FROM}\nRUN --security=insecure true`, "--network; see source.options"],
    [
      "a type of mount",
      `${FROM}\nRUN --mount=type=nfs,target=/x true`,
      "line 2: --mount=type=nfs: builders know no such type",
    ],
    ["ENV without a value", `${FROM}\nENV NAME`, "line 2: ENV NAME: NAME has no value; write NAME=..."],
    ["one variable of two", `${FROM}\nENV A=1 B`, "B has no value"],
    ["LABEL without a value", `${FROM}\nLABEL name`, "line 2: LABEL name: name has no value"],
    ["COPY without a target", `${FROM}\nCOPY a`, "line 2: COPY a: write what is copied, and where to"],
    ["nothing behind WORKDIR", `${FROM}\nWORKDIR`, "line 2: WORKDIR says nothing"],
    ["nothing behind RUN", `${FROM}\nRUN`, "line 2: RUN says nothing"],
    ["FROM as a trigger", `${FROM}\nONBUILD FROM quay.io/b:1`, "line 2: ONBUILD FROM: no builder takes it"],
  ])("%s", (_, text, message) => expect(read(text)).toThrow(message));

  it("but no step of a stage that nothing uses, for podman does not come to it", () => {
    expect(read(`${FROM} AS x\nCOPY --form=b / /\nWORKDIR\nENV\n${FROM}`)).not.toThrow();
    expect(read(`${FROM} AS x\nENV NAME\n${FROM}`)).toThrow("line 2: ENV NAME");
  });

  it("and nothing that some version takes", () => {
    const text = `FROM --platform=linux/amd64 quay.io/a:1
COPY --link --chmod=0644 --exclude=x --parents a b /c/
COPY ["a b", "/c"]
COPY <<EOF /d
x
EOF
ADD --checksum=sha256:1 https://example.org/a /
RUN --network=none --mount=target=/x true
HEALTHCHECK --start-interval=1s CMD true
ENV A=1 "B C"=2
ENV OLD way of it
LABEL "x y"="z"
ONBUILD RUN true
CMD
`;
    expect(read(text)).not.toThrow();
  });
});

it("an argument is predefined in capital or in small letters, and not in both", () => {
  const { takes } = readContainerfile(FROM, "x86_64");
  expect(["HTTP_PROXY", "https_proxy", "Http_Proxy"].map(takes)).toEqual([true, true, false]);
});

describe("a reference that is none says why", () => {
  it.each([
    ["quay.io/a@sha256:abc", '"sha256:abc" is not a digest'],
    [`quay.io/a@sha512:${"a".repeat(128)}`, "is not a digest that can be held against a build"],
    ["quay.io/a:", '"" is not a tag'],
    ["quay.io:5000/a:-1", '"-1" is not a tag'],
    ["a:1", "no registry in it"],
    ["https://quay.io/a:1", "no registry in it"],
    ["quay.io/", "no registry in it"],
  ])("%s", (reference, message) => expect(read(`FROM ${reference}`)).toThrow(message));
});
