import { expect, test } from "vitest";
import { cloudOf } from "../cloud/cloud";
import { fakeCloud } from "../cloud/testing/fake-cloud";
import { fileUrl, targetOf } from "./permit";

test.each(["", "/", "/v2", "/v2/", "/v2.9", "/v2.15//", "/V2", "/v3"])(
  "a worker puts a disk to one address, however the settings end it: %j",
  async (end) => {
    const fake = await fakeCloud();
    const cloud = cloudOf(fake.access, { wait: fake.wait });
    for (const address of [
      "https://image.test:9292",
      "https://cloud.test/image",
      "http://[2001:db8::5]:9292/v2-images",
    ])
      expect(fileUrl(await targetOf(cloud, "i", `${address}${end}`))).toBe(`${address}/v2/images/i/file`);
    await fake.close();
  },
);
