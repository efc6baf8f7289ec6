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
    [
      "a mount that goes nowhere",
      `${FROM}\nRUN --mount=type=cache true`,
      "line 2: --mount=type=cache: it says nowhere",
    ],
    ["a mount to nothing", `${FROM}\nRUN --mount=target=,source=a true`, "--mount=type=bind: it says nowhere where to"],
    ["an option of a mount", `${FROM}\nRUN --mount=type=bind,tgt=/x true`, 'builders know no option "tgt", only'],
    ["one in capitals", `${FROM}\nRUN --mount=type=bind,Target=/x true`, 'no option "Target"'],
    ["a mount of nothing", `${FROM}\nRUN --mount= true`, 'no option ""'],
    [
      "a cache that is shared otherwise",
      `${FROM}\nRUN --mount=type=cache,target=/c,sharing=odd true`,
      "sharing=odd is not",
    ],
    [
      "a mode that is none",
      `${FROM}\nRUN --mount=type=cache,target=/c,mode=999 true`,
      "mode=999 is not an octal number",
    ],
    ["an owner by name", `${FROM}\nRUN --mount=type=cache,target=/c,uid=me true`, "uid=me is not a number"],
    ["a secret without a name", `${FROM}\nRUN --mount=type=secret,target=/x true`, "it names no secret; write id=..."],
    ["ENV without a value", `${FROM}\nENV NAME`, "line 2: ENV NAME: NAME has no value; write NAME=..."],
    ["one variable of two", `${FROM}\nENV A=1 B`, "B has no value"],
    ["LABEL without a value", `${FROM}\nLABEL name`, "line 2: LABEL name: name has no value"],
    ["COPY without a target", `${FROM}\nCOPY a`, "line 2: COPY a: write what is copied, and where to"],
    ["nothing behind WORKDIR", `${FROM}\nWORKDIR`, "line 2: WORKDIR says nothing"],
    ["nothing behind RUN", `${FROM}\nRUN`, "line 2: RUN says nothing"],
    ["SHELL as words", `${FROM}\nSHELL /bin/bash -c`, "line 2: SHELL /bin/bash -c: write it as a list"],
    ["SHELL with single quotes", `${FROM}\nSHELL ['/bin/sh']`, "line 2: SHELL ['/bin/sh']: write it as a list"],
    ["SHELL without a comma", `${FROM}\nSHELL ["/bin/sh" "-c"]`, "write it as a list"],
    ["an empty list behind SHELL", `${FROM}\nSHELL []`, "line 2: SHELL says nothing"],
    ["an empty list of volumes", `${FROM}\nVOLUME []`, "line 2: VOLUME says nothing"],
    ["nobody behind MAINTAINER", `${FROM}\nMAINTAINER`, "line 2: MAINTAINER says nothing"],
    ["COPY of a list of one", `${FROM}\nCOPY ["a"]`, 'line 2: COPY ["a"]: write what is copied'],
    ["COPY of half a list", `${FROM}\nCOPY [a`, "line 2: COPY [a: write what is copied"],
    ["a signal that is none", `${FROM}\nSTOPSIGNAL SIGFOO`, "line 2: STOPSIGNAL SIGFOO: no signal is called so"],
    ["the signal 0", `${FROM}\nSTOPSIGNAL 0`, "no signal is called so"],
    ["two signals", `${FROM}\nSTOPSIGNAL TERM INT`, "no signal is called so"],
    [
      "a health check of another type",
      `${FROM}\nHEALTHCHECK TEST true`,
      "line 2: HEALTHCHECK TEST: write HEALTHCHECK CMD",
    ],
    ["a health check without a command", `${FROM}\nHEALTHCHECK CMD`, "a command stands behind CMD"],
    ["none and a command", `${FROM}\nHEALTHCHECK NONE true`, "nothing behind NONE"],
    [
      "a time without its unit",
      `${FROM}\nHEALTHCHECK --interval=5 CMD true`,
      "line 2: HEALTHCHECK --interval=5: write a time",
    ],
    ["a time that runs backwards", `${FROM}\nHEALTHCHECK --timeout=-5s CMD true`, "--timeout=-5s: write a time"],
    ["no try at all", `${FROM}\nHEALTHCHECK --retries=0 CMD true`, "--retries=0: write a number, 1 or more"],
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
RUN --mount=type=cache,$OPTIONS --mount=type=cache,dst=/c,sharing=locked,mode=0755,uid=0,Z true
RUN --mount=type=tmpfs,destination=/t,tmpfs-size=1G --mount=type=secret,id=x,env=X true
HEALTHCHECK --start-interval=1s CMD true
ENV A=1 "B C"=2
ENV OLD way of it
LABEL "x y"="z"
ONBUILD RUN true
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
STOPSIGNAL SIGRTMIN+3
STOPSIGNAL term
STOPSIGNAL 37
STOPSIGNAL $SIGNAL
VOLUME /a /b
MAINTAINER the farm's people
COPY [a] /b
HEALTHCHECK --interval=1m30s --timeout=.5s --retries=3 CMD ["true"]
HEALTHCHECK none
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
