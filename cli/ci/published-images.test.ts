import { expect, test } from "vitest";
import type { Step } from "./event-log";
import { publishedImages } from "./published-images";

const IMAGE = "builders:index:PublishedImage";
const step = (op: string, place: string | undefined, more: Partial<Step> = {}): Step => ({
  ...{ op, type: IMAGE, name: "copr-builder-x86_64-g2-abababab.libvirt-0123456789ab", changed: [] },
  ...(place === undefined ? {} : { place }),
  ...more,
});

test("a place is called as the settings call it, wherever that is known", () => {
  expect(publishedImages([step("create", "hypervisor/vmhost-01"), step("create", undefined)])).toEqual([
    {
      change: "new",
      image: "copr-builder-x86_64-g2-abababab",
      places: ["hypervisor/vmhost-01", "libvirt-0123456789ab"],
    },
  ]);
});

test("also where what stands for the image changes, and its component does not", () => {
  const parent = { type: IMAGE, name: "copr-builder-x86_64-g2-abababab.aws-1", place: "aws/us-east-1/x86_64" };
  const child = step("update", undefined, { type: "aws:ec2/ami:Ami", parent });
  expect(publishedImages([child])).toMatchObject([{ change: "changed", places: ["aws/us-east-1/x86_64"] }]);
});
