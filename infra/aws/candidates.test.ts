import { expect, it } from "vitest";
import { candidate } from "./candidates";

const all = (subnets: string[], spot: boolean, of: number) =>
  Array.from({ length: of }, (_, index) => candidate({ subnets, spot }, { number: index + 1, of })).map(
    ({ subnet, spot }) => `${subnet} ${spot ? "spot" : "on demand"}`,
  );

it("tries the subnets in turn, and on demand in the end", () => {
  expect(all(["a", "b"], true, 2)).toEqual(["a spot", "b on demand"]);
  expect(all(["a", "b"], true, 4)).toEqual(["a spot", "b spot", "a spot", "b on demand"]);
  expect(all(["a"], true, 2)).toEqual(["a spot", "a on demand"]);
});

it("keeps to what the settings say where there is no choice", () => {
  expect(all(["a", "b"], true, 1)).toEqual(["a spot"]);
  expect(all(["a", "b"], false, 3)).toEqual(["a on demand", "b on demand", "a on demand"]);
});
