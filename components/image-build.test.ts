import { expect, it } from "vitest";
import { CONTINUES } from "./image-build";

it("another attempt goes on with a build that was lost sight of, and begins with another machine where one let nobody in", () => {
  expect(CONTINUES).toContain("command:remote:Command");
  expect(CONTINUES).toContain("builders:index:SshKey");
  expect(CONTINUES).not.toContain("builders:index:SshReady");
});
