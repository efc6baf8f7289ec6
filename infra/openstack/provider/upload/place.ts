/** Where a disk in Glance is, as a text: a project of a cloud, as settings say it. */
import type { CloudChoice } from "../cloud/access";

const BEGIN = "glance ";

export function glancePlace({ cloud, authUrl, region, project }: CloudChoice): string {
  return BEGIN + JSON.stringify({ cloud, authUrl, region, project });
}

/** @returns JSON of the choice; undefined for a place of another kind */
export function readGlancePlace(text: string): unknown {
  return text.startsWith(BEGIN) ? JSON.parse(text.slice(BEGIN.length)) : undefined;
}
